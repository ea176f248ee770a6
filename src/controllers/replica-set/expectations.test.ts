import { beforeEach, expect, test } from 'vitest';
import { VirtualClock } from '../../sim/clock.ts';
import { settleBy } from '../../sim/settle.ts';
import { Expectations } from './expectations.ts';

let clock: VirtualClock;
let expectations: Expectations;

beforeEach(() => {
  clock = new VirtualClock(0, settleBy());
  expectations = new Expectations(clock);
});

test('creations are waited for until all have been seen', () => {
  expectations.expectCreations('u', 3);
  expectations.creationObserved('u');
  expectations.creationObserved('other');
  expect(expectations.leftMs('u')).toBe(300_000);
  expectations.creationObserved('u', 2);
  expect(expectations.leftMs('u')).toBe(0);
});

test('each deletion counts once, and those of others not at all', () => {
  expectations.expectDeletions('u', ['a', 'b']);
  expectations.deletionObserved('u', 'a');
  expectations.deletionObserved('u', 'a');
  expectations.deletionObserved('u', 'x');
  expect(expectations.leftMs('u')).toBe(300_000);
  expectations.deletionObserved('u', 'b');
  expect(expectations.leftMs('u')).toBe(0);
});

test('what has not come in five minutes will not come', async () => {
  expectations.expectCreations('u', 1);
  await clock.advance(299_000);
  expect(expectations.leftMs('u')).toBe(1_000);
  await clock.advance(1_000);
  expect(expectations.leftMs('u')).toBe(0);
});

test('a controller that is gone expects nothing', () => {
  expectations.expectDeletions('u', ['a']);
  expectations.forget('u');
  expect(expectations.leftMs('u')).toBe(0);
});
