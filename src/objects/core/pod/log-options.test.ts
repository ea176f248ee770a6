import { describe, expect, test } from 'vitest';
import { message } from '../../field-error.ts';
import { validateLogOptions } from './log-options.ts';

describe('validateLogOptions', () => {
  test.each<[object, string[]]>([
    [{}, []],
    [{ tailLines: 0, limitBytes: 1, sinceSeconds: 1, follow: true }, []],
    [{ tailLines: -1 }, ['tailLines: Invalid value: -1: must be greater than or equal to 0']],
    [{ limitBytes: 0 }, ['limitBytes: Invalid value: 0: must be greater than 0']],
    [{ sinceSeconds: 0 }, ['sinceSeconds: Invalid value: 0: must be greater than 0']],
    [
      { sinceSeconds: 5, sinceTime: '2026-01-02T03:04:05Z' },
      [': Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified'],
    ],
    [
      { stream: 'x' },
      ['stream: Unsupported value: "x": supported values: "All", "Stderr", "Stdout"'],
    ],
    [
      { stream: 'Stdout', tailLines: 1 },
      [': Forbidden: `tailLines` and specific `stream` are mutually exclusive for now'],
    ],
  ])('%j', (options, expected) => {
    expect(validateLogOptions(options as Record<string, unknown>).map(message)).toEqual(expected);
  });
});
