import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Progress, progressLine, readProgress, reportTo } from './progress.ts';

const STEPS: readonly Progress[] = [
  { type: 'step', name: 'API ready', ms: 312.4 },
  { type: 'ready', node: 'machine', ms: 1_005 },
  { type: 'failed', message: 'two\nlines' },
];

describe('readProgress', () => {
  it('has what was reported, in its order', async () => {
    const pipe = new PassThrough();
    const report = reportTo(pipe);
    for (const step of STEPS) report(step);
    pipe.end();
    const read: Progress[] = [];
    await readProgress(pipe, (progress) => read.push(progress));
    expect(read).toEqual(STEPS);
  });

  it('ends with a daemon that says nothing', async () => {
    const pipe = new PassThrough();
    pipe.end();
    await readProgress(pipe, () => expect.unreachable());
  });
});

describe('reportTo', () => {
  it('does not mind a reader that has gone', () => {
    const pipe = new PassThrough();
    const report = reportTo(pipe);
    expect(() => pipe.emit('error', new Error('EPIPE'))).not.toThrow();
    report(STEPS[0]!);
  });
});

describe('progressLine', () => {
  it.each([
    [STEPS[0], '- API ready (0.31 s)'],
    [STEPS[1], '- node machine is Ready (1.00 s)'],
    [STEPS[2], 'proa cannot start: two\nlines'],
  ])('%j', (progress, line) => {
    expect(progressLine(progress!)).toBe(line);
  });
});
