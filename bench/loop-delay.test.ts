import { describe, expect, it } from 'vitest';
import {
  addLoopDelays,
  loopDelayBetween,
  loopDelayQuantile,
  parseLoopDelay,
} from './loop-delay.ts';

const METRICS = `# TYPE proa_event_loop_delay_seconds histogram
proa_event_loop_delay_seconds_bucket{le="0.001"} 90
proa_event_loop_delay_seconds_bucket{le="0.01"} 99
proa_event_loop_delay_seconds_bucket{le="+Inf"} 100
proa_event_loop_delay_seconds_sum 0.5
proa_event_loop_delay_seconds_count 100
`;
const DELAY = { boundsMs: [1, 10, Infinity], counts: [90, 99, 100] };

describe('parseLoopDelay', () => {
  it('reads the buckets', () => {
    expect(parseLoopDelay(METRICS)).toEqual(DELAY);
  });

  it('throws where there are none', () => {
    expect(() => parseLoopDelay('process_open_fds 3\n')).toThrow('/metrics tells no delay');
  });
});

describe('loopDelayBetween and addLoopDelays', () => {
  it('are each other undone', () => {
    const before = { boundsMs: DELAY.boundsMs, counts: [10, 12, 12] };
    const phase = loopDelayBetween(before, DELAY);
    expect(phase.counts).toEqual([80, 87, 88]);
    expect(addLoopDelays(before, phase)).toEqual(DELAY);
  });
});

describe('loopDelayQuantile', () => {
  it.each([
    { q: 0.45, ms: 0.5 },
    { q: 0.9, ms: 1 },
    { q: 0.96, ms: 7 },
    { q: 0.99, ms: 10 },
    { q: 1, ms: Infinity },
  ])('the share $q lies below $ms ms', ({ q, ms }) => {
    expect(loopDelayQuantile(DELAY, q)).toBeCloseTo(ms);
  });

  it('is not a number when nothing was measured', () => {
    expect(loopDelayQuantile({ boundsMs: [1, Infinity], counts: [0, 0] }, 0.99)).toBeNaN();
  });
});
