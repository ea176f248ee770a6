import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { hostMachine, osImage } from './machine.ts';

describe('osImage', () => {
  const cases: [string, string, string][] = [
    [
      'quoted',
      'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
      'Debian GNU/Linux 12 (bookworm)',
    ],
    ['bare', 'PRETTY_NAME=Alpine', 'Alpine'],
    ['single quotes', "PRETTY_NAME='A b'", 'A b'],
    ['escaped', 'PRETTY_NAME="A \\"b\\""', 'A "b"'],
    ['absent', 'ID=x', process.platform],
  ];
  it.each(cases)('%s', (_, text, name) => expect(osImage(text)).toBe(name));
});

describe('hostMachine', () => {
  it('knows this machine', () => {
    const machine = hostMachine(tmpdir());
    expect(machine.cpus).toBeGreaterThan(0);
    expect(machine.memoryBytes).toBeGreaterThan(1e8);
    expect(Number.isFinite(machine.memoryBytes)).toBe(true);
    expect(machine.ephemeralStorageBytes).toBeGreaterThan(1e8);
    expect(machine.internalIp).toMatch(/^[0-9a-f.:]+$/);
    expect(machine.kernelVersion).not.toBe('');
  });
});
