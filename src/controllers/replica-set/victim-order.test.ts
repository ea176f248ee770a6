import { expect, test } from 'vitest';
import type { Pod } from '../../generated/types.ts';
import { victimOrder } from './victim-order.ts';

const NOW = Date.UTC(2026, 0, 2, 12, 0, 0);
const COST = 'controller.kubernetes.io/pod-deletion-cost';

interface Traits {
  readonly node?: string;
  readonly phase?: string;
  /** Seconds for which it has been ready; not ready when absent. */
  readonly ready?: number;
  readonly cost?: string;
  readonly restarts?: number;
  readonly sidecarRestarts?: number;
  /** Seconds since its creation. */
  readonly age?: number;
}

function ago(seconds: number): string {
  return new Date(NOW - seconds * 1_000).toISOString();
}

function pod(name: string, traits: Traits): Pod {
  const { node = 'n', phase = 'Running', ready, cost, age = 1_000 } = traits;
  const { restarts = 0, sidecarRestarts = 0 } = traits;
  const status = (restartCount: number) => {
    const fields = { ready: true, image: '', imageID: '', restartCount };
    return [{ name: 'c', ...fields }];
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      uid: name,
      creationTimestamp: ago(age),
      annotations: cost === undefined ? {} : { [COST]: cost },
    },
    spec: {
      nodeName: node,
      containers: [{ name: 'c' }],
      initContainers: [{ name: 'c', restartPolicy: 'Always' }],
    },
    status: {
      phase,
      conditions: [
        {
          type: 'Ready',
          status: ready === undefined ? 'False' : 'True',
          lastTransitionTime: ago(ready ?? 0),
        },
      ],
      containerStatuses: status(restarts),
      initContainerStatuses: status(sidecarRestarts),
    },
  };
}

const READY = { ready: 500 };

test.each<[string, Traits, Traits]>([
  ['without a node', { node: '', cost: '9' }, { phase: 'Pending' }],
  ['pending', { phase: 'Pending', ready: 5 }, { phase: 'Unknown' }],
  ['of an unknown phase', { phase: 'Unknown', ready: 5 }, {}],
  ['not ready', { cost: '9' }, READY],
  ['cheap', { ...READY, cost: '-1' }, READY],
  ['cheaper', { ...READY, cost: '-2' }, { ...READY, cost: '-1', restarts: 5 }],
  ['without a cost', READY, { ...READY, cost: '1', restarts: 5 }],
  ['with a cost that is none', { ...READY, cost: '+5' }, { ...READY, cost: '1' }],
  ['with a cost too high', { ...READY, cost: '2147483648' }, { ...READY, cost: '1' }],
  ['with a cost that begins with 0', { ...READY, cost: '05' }, { ...READY, cost: '1' }],
  ['ready for less time', { ready: 100, age: 2_000 }, { ready: 900, age: 1_000, restarts: 5 }],
  ['often restarted', { ...READY, restarts: 2, age: 2_000 }, { ...READY, restarts: 1 }],
  [
    'whose sidecar was restarted',
    { ...READY, sidecarRestarts: 2, age: 2_000 },
    { ...READY, sidecarRestarts: 1 },
  ],
  ['young', { ...READY, age: 600 }, { ...READY, age: 5_000 }],
])('a pod %s goes first', (_name, first, second) => {
  // Whatever chance says.
  for (const [a, b] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    const pods = [pod(b, second), pod(a, first)];
    const order = victimOrder(pods, [], NOW).map(({ metadata }) => metadata.name);
    expect(order).toEqual([a, b]);
  }
});

test('of pods about as old, chance decides', () => {
  const pods = [pod('b', { ready: 600 }), pod('a', { ready: 700 }), pod('c', { ready: 650 })];
  const order = victimOrder(pods, [], NOW).map(({ metadata }) => metadata.name);
  expect(order).toEqual(['a', 'b', 'c']);
});

test('a pod beside many of its kin goes first, those of older revisions counted', () => {
  const pods = [pod('alone', { ready: 5, node: 'x' }), pod('crowded', { ready: 900, node: 'y' })];
  const old = [pod('old', { node: 'y' })];
  const order = victimOrder(pods, [...pods, ...old], NOW).map(({ metadata }) => metadata.name);
  expect(order).toEqual(['crowded', 'alone']);
});

test('a time that is missing counts as the newest', () => {
  const unknown = pod('unknown', READY);
  delete unknown.status?.conditions?.[0]?.lastTransitionTime;
  const order = victimOrder([pod('known', { ready: 1 }), unknown], [], NOW);
  expect(order.map(({ metadata }) => metadata.name)).toEqual(['unknown', 'known']);
});
