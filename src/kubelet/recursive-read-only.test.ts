import { describe, expect, it } from 'vitest';
import { checkRecursiveReadOnly, isRecursiveReadOnly } from './recursive-read-only.ts';

const mountOf = (recursiveReadOnly?: string, readOnly = true) => ({
  name: 'data',
  mountPath: '/data',
  readOnly,
  ...(recursiveReadOnly === undefined ? {} : { recursiveReadOnly }),
});

describe('recursive read-only', () => {
  const cases: [string | undefined, boolean, boolean, boolean][] = [
    [undefined, true, true, false],
    ['Disabled', true, true, false],
    ['IfPossible', true, true, true],
    ['IfPossible', true, false, false],
    ['Enabled', true, true, true],
    ['Enabled', false, true, false],
  ];
  it.each(cases)('%s on a mount that is read-only: %s, supported: %s', (...row) => {
    const [mode, readOnly, isSupported, expected] = row;
    expect(isRecursiveReadOnly(mountOf(mode, readOnly), isSupported)).toBe(expected);
  });

  it('is refused where it is asked for and cannot be had', () => {
    expect(() => checkRecursiveReadOnly(mountOf('Enabled'), false)).toThrow(
      'volume "data" requested recursive read-only mode, but it is not supported by the runtime',
    );
    for (const mode of [undefined, 'Disabled', 'IfPossible']) {
      expect(() => checkRecursiveReadOnly(mountOf(mode), false)).not.toThrow();
    }
    expect(() => checkRecursiveReadOnly(mountOf('Enabled'), true)).not.toThrow();
  });
});
