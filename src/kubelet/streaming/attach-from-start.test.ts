import { expect, it } from 'vitest';
import type { ProcessStreams } from '../../base/byte-streams.ts';
import { VirtualClock } from '../../sim/clock.ts';
import { settleBy } from '../../sim/settle.ts';
import type { PodFiles } from '../edges.ts';
import type { LogSource } from '../pod-logs.ts';
import type { ContainerStatus } from '../runtime.ts';
import { attachFromStart } from './attach-from-start.ts';

/** A container of which the node knows this much, and a client that attaches to it. */
function scene() {
  const clock = new VirtualClock(0, settleBy());
  const state = { log: '', isExited: false };
  const told: string[] = [];
  const gone = new AbortController();
  const container = { id: 'c', startedAt: 0, logPath: '0.log' } as ContainerStatus;
  const readLog: PodFiles['readLog'] = async function* (_path, { stream }) {
    if (stream === 'stdout') yield Buffer.from(state.log);
  };
  const source: LogSource = {
    clock,
    files: { readLog } as PodFiles,
    runtime: () => ({
      sandboxes: [],
      containers: [{ ...container, state: state.isExited ? 'exited' : 'running' }],
    }),
  };
  const sink = {
    write: (bytes: Uint8Array) => void told.push(Buffer.from(bytes).toString()),
    end: () => void told.push('end'),
  };
  let end = () => {};
  let fail = (_error: Error) => {};
  let stdout: ProcessStreams['stdout'] = null;
  const attach = (_id: string, streams: ProcessStreams) => {
    ({ stdout } = streams);
    return new Promise<void>((resolve, reject) => {
      end = resolve;
      fail = reject;
    });
  };
  const streams = {
    stdin: null,
    stdout: sink,
    stderr: null,
    tty: false,
    sizes: (async function* () {})(),
    signal: gone.signal,
  };
  const attached = attachFromStart(container, streams, source, { attach }).then(
    () => 'ended',
    (error: Error) => error.message,
  );
  const say = (text: string) => stdout?.write(Buffer.from(text));
  return { clock, state, told, gone, attached, say, end: () => end(), fail: (e: Error) => fail(e) };
}

it('what the log has goes first, once log and output stand still', async () => {
  const { clock, state, told, say } = scene();
  state.log = 'a\nb\n';
  say('b\n');
  await clock.advance(0);
  state.log = 'a\nb\nc\n';
  say('c\n');
  await clock.advance(50);
  expect(told).toEqual([]);
  await clock.advance(100);
  expect(told).toEqual(['a\nb\nc\n']);
  say('d\n');
  expect(told).toEqual(['a\nb\nc\n', 'd\n']);
});

it('a process that writes without pause is heard after a second, from where it is', async () => {
  const { clock, state, told, say } = scene();
  for (let i = 0; i < 40; i++) {
    say(`${i}\n`);
    state.log += `${i}\n`;
    await clock.advance(25);
  }
  await clock.advance(50);
  expect(told.join('')).toMatch(/^0\n1\n/);
});

it('the last line without an end is told after the end of the container', async () => {
  const { clock, state, told, attached, end } = scene();
  state.log = 'a\n';
  await clock.advance(200);
  expect(told).toEqual(['a\n']);
  end();
  await clock.advance(200);
  expect(told).toEqual(['a\n']);
  Object.assign(state, { isExited: true, log: 'a\nlast' });
  await clock.advance(200);
  expect([told, await attached]).toEqual([['a\n', 'last', 'end'], 'ended']);
});

it('a failure to attach is none when the container has ended and its log says all', async () => {
  const { clock, state, told, attached, fail } = scene();
  fail(new Error('no running task found'));
  await clock.advance(100);
  Object.assign(state, { isExited: true, log: 'words\n' });
  await clock.advance(200);
  expect([told, await attached]).toEqual([['words\n', 'end'], 'ended']);
});

it('a failure to attach to what goes on is told', async () => {
  const { clock, attached, fail } = scene();
  fail(new Error('unavailable'));
  await clock.advance(20_000);
  expect(await attached).toBe('unavailable');
});

it('output that has ended while the process goes on ends at once', async () => {
  const { clock, state, told, attached, say, end } = scene();
  state.log = 'a\n';
  say('a\n');
  await clock.advance(200);
  end();
  await clock.advance(0);
  expect([told, await attached]).toEqual([['a\n', 'end'], 'ended']);
});

it('nobody is waited for when the client has gone', async () => {
  const { clock, attached, gone, end } = scene();
  gone.abort();
  end();
  await clock.advance(0);
  expect(await attached).toBe('ended');
});
