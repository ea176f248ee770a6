import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../sim/clock.ts';
import { settleBy } from '../../sim/settle.ts';
import { openTrace } from './trace-file.ts';

interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

const POD = { group: 'pods', name: 'default/web' };

let folder: string;
let path: string;
let clock: VirtualClock;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proa-trace-'));
  path = join(folder, 'trace.json');
  clock = new VirtualClock(0, settleBy());
});

afterEach(() => rmSync(folder, { recursive: true }));

function eventsIn(file: string): TraceEvent[] {
  return JSON.parse(readFileSync(file, 'utf8')) as TraceEvent[];
}

describe('a trace', () => {
  it('is an array of events with times in microseconds', async () => {
    const trace = await openTrace(path, clock);
    const span = trace.span(POD, 'start', { image: 'alpine' });
    await clock.advance(5);
    trace.mark(POD, 'seen');
    span.end({ status: 200 });
    await trace.close();
    const events = eventsIn(path);
    expect(events.find(({ name }) => name === 'start')).toMatchObject({
      ph: 'X',
      ts: 0,
      dur: 5_000,
      args: { image: 'alpine', status: 200 },
    });
    expect(events.find(({ name }) => name === 'seen')).toMatchObject({ ph: 'i', ts: 5_000 });
    expect(events.at(-1)).toMatchObject({ name: 'end of trace', args: { complete: true } });
  });

  it('names groups and rows once, and gives what overlaps a row of its own', async () => {
    const trace = await openTrace(path, clock);
    const first = trace.span(POD, 'first');
    const second = trace.span(POD, 'second');
    first.end();
    first.end();
    trace.span(POD, 'third').end();
    second.end();
    await trace.close();
    const events = eventsIn(path);
    const rowOf = (wanted: string) => events.find(({ name }) => name === wanted)?.tid;
    expect(rowOf('second')).not.toBe(rowOf('first'));
    expect(rowOf('third')).toBe(rowOf('first'));
    const names = events.filter(({ ph }) => ph === 'M').map(({ args }) => args?.name);
    expect(names).toEqual(['pods', 'default/web', 'default/web']);
    expect(events.filter(({ name }) => name === 'first')).toHaveLength(1);
  });

  it('is on the disk a second after the first event, and loads without its end', async () => {
    const trace = await openTrace(path, clock);
    trace.mark(POD, 'seen');
    await clock.advance(1_000);
    expect(clock.pending).toBe(0);
    // A write to the disk takes no virtual time; closing waits for it.
    await trace.close();
    const text = readFileSync(path, 'utf8');
    const killed = text.slice(0, text.indexOf('{"ph":"i","s":"g"'));
    expect(killed.endsWith(',\n')).toBe(true);
    expect(JSON.parse(`${killed.slice(0, -2)}]`)).toHaveLength(3);
  });

  it('does not grow beyond its bound, and says so', async () => {
    const bytesMax = 4_096;
    const trace = await openTrace(path, clock, bytesMax);
    for (let index = 0; index < 1_000; index++) trace.span(POD, `span ${index}`).end();
    await trace.close();
    expect(readFileSync(path).length).toBeLessThanOrEqual(bytesMax);
    expect(eventsIn(path).at(-1)).toMatchObject({ args: { complete: false } });
  });

  it('takes nothing after its end', async () => {
    const trace = await openTrace(path, clock);
    const late = trace.span(POD, 'late');
    await trace.close();
    late.end();
    trace.mark(POD, 'later');
    await trace.close();
    expect(eventsIn(path).map(({ name }) => name)).not.toContain('late');
    expect(clock.pending).toBe(0);
  });
});
