import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../generated/types.ts';
import { message } from '../../field-error.ts';
import { probePeriodMs } from './probe-period.ts';
import { restartBackOff } from './restart-back-off.ts';
import { validateAnnotations } from './validate-annotations.ts';

const BACK_OFF = 'proa.dev/restart-backoff-';
const READINESS = 'proa.dev/readiness-probe-period';

function pod(annotations: Record<string, string>): Pod {
  const readinessProbe = { tcpSocket: { port: 80 } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', annotations },
    spec: {
      initContainers: [
        { name: 'side', restartPolicy: 'Always', readinessProbe },
        { name: 'init', readinessProbe },
      ],
      containers: [{ name: 'web', readinessProbe }, { name: 'plain' }],
    },
  };
}

function complaints(annotations: Record<string, string>): string[] {
  const errors: Parameters<typeof validateAnnotations>[2] = [];
  const { metadata, spec } = pod(annotations);
  validateAnnotations(metadata.annotations, spec, errors);
  return errors.map(message);
}

describe('the restart back-off', () => {
  it("is upstream's without annotations", () => {
    const upstream = { initialMs: 10_000, maxMs: 300_000, resetMs: 600_000 };
    expect(restartBackOff(pod({}))).toEqual(upstream);
    expect(restartBackOff(pod({ [`${BACK_OFF}max`]: 'soon' }))).toEqual(upstream);
  });

  it('is what the annotations say', () => {
    const annotations = {
      [`${BACK_OFF}initial`]: '200ms',
      [`${BACK_OFF}max`]: '1m30s',
      [`${BACK_OFF}reset-after`]: '1h',
    };
    expect(restartBackOff(pod(annotations))).toEqual({
      initialMs: 200,
      maxMs: 90_000,
      resetMs: 3_600_000,
    });
    expect(complaints(annotations)).toEqual([]);
  });

  it('begins with no more than its maximum', () => {
    expect(restartBackOff(pod({ [`${BACK_OFF}max`]: '2s' }))).toMatchObject({
      initialMs: 2_000,
      maxMs: 2_000,
    });
    expect(complaints({ [`${BACK_OFF}max`]: '2s' })).toEqual([]);
    expect(complaints({ [`${BACK_OFF}max`]: '2s', [`${BACK_OFF}initial`]: '3s' })).toEqual([
      'metadata.annotations[proa.dev/restart-backoff-initial]: Invalid value: "3s": ' +
        'must not be longer than proa.dev/restart-backoff-max (5m without it)',
    ]);
  });

  it.each(['initial', 'max', 'reset-after'])('refuses a bad %s', (name) => {
    for (const value of ['', '10', '99ms', '2h', '-1s', 'soon']) {
      expect(complaints({ [`${BACK_OFF}${name}`]: value })).toEqual([
        `metadata.annotations[proa.dev/restart-backoff-${name}]: Invalid value: "${value}": ` +
          'must be a duration from 100ms to 1h, such as "2s"',
      ]);
    }
  });
});

describe('the period of probes', () => {
  it.each<[string, string, number | undefined]>([
    ['200ms', 'web', 200],
    ['200ms', 'side', 200],
    ['web=200ms', 'web', 200],
    ['web=200ms', 'side', undefined],
    ['web=200ms, side = 1.5s', 'side', 1_500],
    ['1s,web=50ms', 'web', 50],
    ['1s,web=50ms', 'side', 1_000],
    ['49ms', 'web', undefined],
  ])('%j is for %s %s ms', (value, container, ms) => {
    expect(probePeriodMs(pod({ [READINESS]: value }), container, 'readiness')).toBe(ms);
    expect(probePeriodMs(pod({ [READINESS]: value }), container, 'liveness')).toBeUndefined();
  });

  it.each<[string, string, string]>([
    ['49ms', READINESS, 'must be a duration from 50ms to 1h, such as "200ms"'],
    ['web', READINESS, 'must be a duration from 50ms to 1h, such as "200ms"'],
    ['plain=1s', READINESS, 'container "plain" must be one that has a readinessProbe'],
    ['init=1s', READINESS, 'container "init" must be one that has a readinessProbe'],
    ['nobody=1s', READINESS, 'container "nobody" must be one that has a readinessProbe'],
    ['web=1s,web=2s', READINESS, 'must name web once'],
    ['1s', 'proa.dev/liveness-probe-period', 'no container has a livenessProbe'],
  ])('refuses %j', (value, annotation, detail) => {
    expect(complaints({ [annotation]: value })).toEqual([
      `metadata.annotations[${annotation}]: Invalid value: ${JSON.stringify(value)}: ${detail}`,
    ]);
  });
});
