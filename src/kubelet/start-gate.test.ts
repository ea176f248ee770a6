import { setMaxListeners } from 'node:events';
import { expect, it } from 'vitest';
import { VirtualClock } from '../sim/clock.ts';
import { settleBy } from '../sim/settle.ts';
import { StartGate, type StartStage } from './start-gate.ts';

const never = new AbortController().signal;
// Every pod has a signal of its own; here they share one.
setMaxListeners(0, never);

/** Enters and notes the name once it may begin. */
async function begin(gate: StartGate, begun: string[], name: string, stage: StartStage) {
  const turn = await gate.enter(stage, never);
  begun.push(name);
  return turn;
}

it('lets three start for each core, the others in order and containers first', async () => {
  const gate = new StartGate(new VirtualClock(0, settleBy()), 1);
  const begun: string[] = [];
  const first = await Promise.all(
    ['a', 'b', 'c'].map((name) => begin(gate, begun, name, 'sandbox')),
  );
  const later = [
    begin(gate, begun, 'd', 'sandbox'),
    begin(gate, begun, 'e', 'sandbox'),
    begin(gate, begun, 'f', 'container'),
  ];
  await new Promise(setImmediate);
  expect(begun).toEqual(['a', 'b', 'c']);
  first[0]?.leave();
  // A place is given on once.
  first[0]?.leave();
  await new Promise(setImmediate);
  expect(begun).toEqual(['a', 'b', 'c', 'f']);
  for (const turn of first.slice(1)) turn?.leave();
  for (const turn of await Promise.all(later)) turn?.leave();
  expect(begun).toEqual(['a', 'b', 'c', 'f', 'd', 'e']);
});

it('a sandbox has its turn though containers come without end', async () => {
  const gate = new StartGate(new VirtualClock(0, settleBy()), 0.1);
  const begun: string[] = [];
  const first = await gate.enter('container', never);
  const leaving = async (name: string, stage: StartStage) =>
    (await begin(gate, begun, name, stage))?.leave();
  const all = [leaving('sandbox', 'sandbox')];
  for (let index = 0; index < 12; index++) all.push(leaving('container', 'container'));
  first?.leave();
  await Promise.all(all);
  expect(begun.indexOf('sandbox')).toBe(8);
});

it('a wait that is given up takes no place', async () => {
  const clock = new VirtualClock(0, settleBy());
  const gate = new StartGate(clock, 0.1);
  const turn = await gate.enter('sandbox', never);
  const controller = new AbortController();
  const waiting = gate.enter('sandbox', controller.signal);
  controller.abort();
  expect(await waiting).toBeNull();
  expect(await gate.enter('sandbox', controller.signal)).toBeNull();
  turn?.leave();
  expect(await gate.enter('sandbox', never)).not.toBeNull();
});

it('a start that takes long holds up nobody', async () => {
  const clock = new VirtualClock(0, settleBy());
  const gate = new StartGate(clock, 0.1);
  await gate.enter('sandbox', never);
  const begun: string[] = [];
  void begin(gate, begun, 'next', 'sandbox');
  await clock.advance(9_999);
  expect(begun).toEqual([]);
  await clock.advance(1);
  expect(begun).toEqual(['next']);
});
