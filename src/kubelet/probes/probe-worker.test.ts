import { beforeEach, describe, expect, it } from 'vitest';
import { seededPrng } from '../../base/prng.ts';
import type { Probe } from '../../generated/types.ts';
import { VirtualClock } from '../../sim/clock.ts';
import { settleBy } from '../../sim/settle.ts';
import { ProbeResults, type ProbeType } from './probe-results.ts';
import { type ProbedContainer, ProbeWorker } from './probe-worker.ts';

type Outcome = 'success' | 'failure' | null;

/** A container whose probe answers what the test says. */
class Subject {
  readonly clock = new VirtualClock(1_000_000, settleBy());
  changes = 0;
  readonly results = new ProbeResults(() => this.changes++);
  container: ProbedContainer | null = null;
  isOver = false;
  isDeleted = false;
  outcome: Outcome = 'success';
  /** Seconds at which probes were made. */
  readonly probedAt: number[] = [];
  worker!: ProbeWorker;

  make(type: ProbeType, probe: Probe = {}, kubeletUptimeMs = 3_600_000): this {
    const subject = this;
    this.worker = new ProbeWorker({
      type,
      containerName: 'c',
      probe,
      clock: this.clock,
      prng: seededPrng(7),
      results: this.results,
      kubeletUptimeMs,
      initialResult: () => undefined,
      pod: {
        container: () => subject.container,
        get isOver() {
          return subject.isOver;
        },
        get isDeleted() {
          return subject.isDeleted;
        },
      },
      run: () => {
        this.probedAt.push(this.clock.monotonic() / 1000);
        return Promise.resolve(this.outcome);
      },
    });
    return this;
  }

  runs(changes: Partial<ProbedContainer> = {}): this {
    const startedAt = this.clock.now();
    const now = { id: 'id-1', state: 'running', startedAt, started: true, isFinal: false } as const;
    this.container = { ...now, ...changes };
    return this;
  }
}

let subject: Subject;
beforeEach(() => {
  subject = new Subject();
});

describe('initial results', () => {
  it.each([
    ['readiness', 'failure', true],
    ['liveness', 'success', true],
    ['startup', 'unknown', false],
  ] as const)('of %s is %s', async (type, expected, started) => {
    subject.make(type).runs({ started }).outcome = null;
    await subject.worker.step();
    expect(subject.results.get(type, 'id-1')).toBe(expected);
  });
});

describe('the first probe', () => {
  it('comes at once when the period is not longer than the kubelet runs', async () => {
    subject.make('liveness', { periodSeconds: 10 }, 10_000).runs().worker.start();
    await subject.clock.advance(0);
    expect(subject.probedAt).toEqual([0]);
  });

  it('comes after a random part of the period when the kubelet is younger', async () => {
    subject.make('liveness', { periodSeconds: 10 }, 9_999).runs().worker.start();
    await subject.clock.advance(10_000);
    expect(subject.probedAt).toHaveLength(1);
    expect(subject.probedAt[0]).toBeGreaterThan(0);
    expect(subject.probedAt[0]).toBeLessThan(10);
  });

  it('follows the worker, not the container: ticks count from the admission', async () => {
    subject.make('liveness', { periodSeconds: 10 }).worker.start();
    await subject.clock.advance(4_000);
    subject.runs();
    await subject.clock.advance(20_000);
    expect(subject.probedAt).toEqual([10, 20]);
  });

  it('waits for initialDelaySeconds, looked at by whole seconds at each tick', async () => {
    const probe = { periodSeconds: 10, initialDelaySeconds: 15 };
    subject.make('liveness', probe).runs().worker.start();
    await subject.clock.advance(30_000);
    expect(subject.probedAt).toEqual([20, 30]);
  });
});

describe('until the container has started', () => {
  it.each([
    ['startup', false, 1],
    ['startup', true, 0],
    ['liveness', false, 0],
    ['readiness', false, 0],
    ['liveness', true, 1],
    ['readiness', true, 1],
  ] as const)('%s with started %s: %i probes', async (type, started, probes) => {
    subject.make(type).runs({ started });
    expect(await subject.worker.step()).toBe(true);
    expect(subject.probedAt).toHaveLength(probes);
  });
});

describe('thresholds', () => {
  it('three failures in a row change a result, two do not', async () => {
    subject.make('liveness', { failureThreshold: 3 }).runs();
    for (const outcome of ['failure', 'failure', 'success', 'failure', 'failure'] as const) {
      subject.outcome = outcome;
      await subject.worker.step();
    }
    expect(subject.results.get('liveness', 'id-1')).toBe('success');
    await subject.worker.step();
    expect(subject.results.get('liveness', 'id-1')).toBe('failure');
  });

  it('an error is discarded: it neither counts nor breaks a run', async () => {
    subject.make('readiness', { failureThreshold: 2, successThreshold: 2 }).runs();
    for (const outcome of ['success', null, 'success'] as const) {
      subject.outcome = outcome;
      await subject.worker.step();
    }
    expect(subject.results.get('readiness', 'id-1')).toBe('success');
  });

  it('tells only of changes', async () => {
    subject.make('readiness').runs();
    for (let i = 0; i < 5; i++) await subject.worker.step();
    // The initial failure and the first success.
    expect(subject.changes).toBe(2);
  });
});

describe('on hold', () => {
  it('a failed liveness probe stops until there is a new container', async () => {
    subject.make('liveness', { failureThreshold: 1 }).runs().outcome = 'failure';
    await subject.worker.step();
    await subject.worker.step();
    expect(subject.probedAt).toHaveLength(1);
    subject.runs({ id: 'id-2' });
    await subject.worker.step();
    expect(subject.probedAt).toHaveLength(2);
    expect(subject.results.get('liveness', 'id-1')).toBeUndefined();
  });

  it.each(['success', 'failure'] as const)('a startup probe stops after %s', async (outcome) => {
    subject.make('startup', { failureThreshold: 1 }).runs({ started: false }).outcome = outcome;
    await subject.worker.step();
    await subject.worker.step();
    expect(subject.probedAt).toHaveLength(1);
    expect(subject.results.get('startup', 'id-1')).toBe(outcome);
  });

  it('readiness goes on after failures', async () => {
    subject.make('readiness', { failureThreshold: 1 }).runs().outcome = 'failure';
    for (let i = 0; i < 3; i++) await subject.worker.step();
    expect(subject.probedAt).toHaveLength(3);
  });
});

describe('the end', () => {
  it('of a container makes the result failure and goes on while it may restart', async () => {
    subject.make('readiness').runs();
    await subject.worker.step();
    subject.runs({ state: 'terminated' });
    expect(await subject.worker.step()).toBe(true);
    expect(subject.results.get('readiness', 'id-1')).toBe('failure');
    subject.runs({ state: 'terminated', isFinal: true });
    expect(await subject.worker.step()).toBe(false);
  });

  it.each([
    ['liveness', false, 'success', 0],
    ['startup', false, 'success', 0],
    ['readiness', true, 'failure', 1],
  ] as const)('of a pod being deleted: %s goes on %s', async (type, goesOn, result, probes) => {
    subject.make(type, { failureThreshold: 1 }).runs({ started: type === 'readiness' });
    subject.isDeleted = true;
    subject.outcome = 'failure';
    expect(await subject.worker.step()).toBe(goesOn);
    expect(subject.results.get(type, 'id-1')).toBe(result);
    expect(subject.probedAt).toHaveLength(probes);
  });

  it('of the pod ends every probe', async () => {
    subject.make('readiness').runs();
    subject.isOver = true;
    expect(await subject.worker.step()).toBe(false);
  });

  it('leaves no timer behind when stopped', async () => {
    subject.make('readiness').runs().worker.start();
    await subject.clock.advance(25_000);
    subject.worker.stop();
    expect(subject.clock.pending).toBe(0);
  });
});

describe('a trigger', () => {
  it('probes at once and counts the period anew', async () => {
    subject.make('readiness', { periodSeconds: 10 }).runs().worker.start();
    await subject.clock.advance(13_000);
    subject.worker.trigger();
    await subject.clock.advance(11_000);
    expect(subject.probedAt).toEqual([0, 10, 13, 23]);
  });

  it('during the first random wait is kept until after it', async () => {
    subject.make('readiness', { periodSeconds: 10 }, 0).runs().worker.start();
    subject.worker.trigger();
    await subject.clock.advance(0);
    expect(subject.probedAt).toEqual([]);
    await subject.clock.advance(10_000);
    expect(subject.probedAt).toHaveLength(2);
  });

  it('does nothing to a worker that has ended', async () => {
    subject.make('readiness').runs().worker.start();
    await subject.clock.advance(0);
    subject.isOver = true;
    await subject.clock.advance(10_000);
    subject.isOver = false;
    subject.worker.trigger();
    await subject.clock.advance(10_000);
    expect(subject.probedAt).toEqual([0]);
  });
});
