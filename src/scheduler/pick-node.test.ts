import { describe, expect, test } from 'vitest';
import { seededPrng } from '../base/prng.ts';
import type { Node, Pod, PodSpec } from '../generated/types.ts';
import { ClusterCache } from './cluster-cache.ts';
import { explain } from './explain.ts';
import { demandOf } from './node-state.ts';
import { pickNode } from './pick-node.ts';

let uids = 0;

function pod(spec: Partial<PodSpec> = {}, cpu = '0', memory = '0'): Pod {
  const resources = { requests: { cpu, memory } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default', uid: `u${uids++}` },
    spec: { containers: [{ name: 'c', resources }], ...spec },
  };
}

function node(name: string, fields: Partial<Node> = {}): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    spec: {},
    status: { allocatable: { cpu: '2', memory: '2Gi', pods: '3' } },
    ...fields,
    metadata: { name, ...fields.metadata },
  };
}

function decide(
  wanted: Pod,
  nodes: readonly Node[],
  placed: readonly Pod[] = [],
  seed = 1,
): string {
  const cache = new ClusterCache();
  for (const one of nodes) cache.setNode(one);
  for (const one of placed) cache.setPod(one);
  const pick = pickNode(demandOf(wanted), cache.nodes(), seededPrng(seed));
  return pick.type === 'node' ? pick.name : explain(wanted, pick.rejections);
}

const on = (nodeName: string, cpu = '0', spec: Partial<PodSpec> = {}) =>
  pod({ nodeName, ...spec }, cpu);
const tainted = (effect: string, value?: string) =>
  node('n', { spec: { taints: [{ key: 'k', value, effect }] } });
const required = (...nodeSelectorTerms: object[]): Partial<PodSpec> => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
    },
  },
});
const hostPort = (port: number, hostIP?: string): Partial<PodSpec> => ({
  containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: port, hostIP }] }],
});

const HELPLESS =
  'no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.';
const NO_VICTIMS =
  'no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.';

describe('one node', () => {
  test.each<[string, Pod, Node, Pod[], string]>([
    ['takes a pod that fits', pod({}, '2'), node('n'), [], 'n'],
    [
      'has too little CPU and memory left',
      pod({}, '1500m', '1Gi'),
      node('n'),
      [on('n', '1'), pod({ nodeName: 'n' }, '0', '1.5Gi')],
      `0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. ${NO_VICTIMS}`,
    ],
    [
      'is too small for the pod',
      pod({}, '3'),
      node('n'),
      [],
      `0/1 nodes are available: 1 Insufficient cpu. ${HELPLESS}`,
    ],
    [
      'is full of pods',
      pod(),
      node('n'),
      [on('n'), on('n'), on('n')],
      `0/1 nodes are available: 1 Too many pods. ${NO_VICTIMS}`,
    ],
    [
      'has no free place for pods that ended',
      pod({}, '2'),
      node('n'),
      [{ ...on('n', '2'), status: { phase: 'Succeeded' } }],
      'n',
    ],
    [
      'is cordoned',
      pod(),
      node('n', { spec: { unschedulable: true } }),
      [],
      `0/1 nodes are available: 1 node(s) were unschedulable. ${HELPLESS}`,
    ],
    [
      'is cordoned, which the pod tolerates',
      pod({ tolerations: [{ operator: 'Exists' }] }),
      node('n', { spec: { unschedulable: true } }),
      [],
      'n',
    ],
    [
      'is tainted',
      pod(),
      tainted('NoSchedule'),
      [],
      `0/1 nodes are available: 1 node(s) had untolerated taint {k: }. ${HELPLESS}`,
    ],
    [
      'is tainted, which the pod tolerates',
      pod({ tolerations: [{ key: 'k', value: 'v' }] }),
      tainted('NoExecute', 'v'),
      [],
      'n',
    ],
    ['is tainted softly', pod(), tainted('PreferNoSchedule'), [], 'n'],
    [
      'lacks a label',
      pod({ nodeSelector: { disk: 'ssd' } }),
      node('n'),
      [],
      `0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. ${HELPLESS}`,
    ],
    [
      'matches one of the required terms',
      pod(
        required(
          { matchExpressions: [] },
          {
            matchExpressions: [
              { key: 'size', operator: 'Gt', values: ['3'] },
              { key: 'gone', operator: 'DoesNotExist' },
            ],
          },
        ),
      ),
      node('n', { metadata: { labels: { size: '4' } } }),
      [],
      'n',
    ],
    [
      'matches by name',
      pod(required({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] })),
      node('n'),
      [],
      'n',
    ],
    [
      'has another pod on the port',
      pod(hostPort(80)),
      node('n'),
      [on('n', '0', hostPort(80, '127.0.0.1'))],
      `0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. ${NO_VICTIMS}`,
    ],
    [
      'has the port free on another address',
      pod(hostPort(80, '10.0.0.1')),
      node('n'),
      [on('n', '0', hostPort(80, '10.0.0.2'))],
      'n',
    ],
    [
      'is not asked to help pods that never preempt',
      pod({ preemptionPolicy: 'Never' }, '3'),
      node('n'),
      [],
      '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.',
    ],
  ])('%s', (_name, wanted, only, placed, decision) => {
    expect(decide(wanted, [only], placed)).toBe(decision);
  });
});

test('no nodes at all', () => {
  expect(decide(pod(), [])).toBe('no nodes available to schedule pods');
});

test('several nodes: reasons are counted and sorted', () => {
  const nodes = [node('a'), node('b'), node('c', { spec: { unschedulable: true } })];
  expect(decide(pod({}, '1500m'), nodes, [on('a', '1'), on('b', '1')])).toBe(
    '0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu. no new claims to deallocate, preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.',
  );
});

describe('the best node', () => {
  test('is the least allocated one', () => {
    expect(decide(pod(), [node('a'), node('b')], [on('a', '1')])).toBe('b');
  });

  test('is one that the pod prefers, though it is fuller', () => {
    const preferred = {
      weight: 1,
      preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] },
    };
    const wanted = pod({
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [preferred] } },
    });
    const nodes = [node('a', { metadata: { labels: { disk: 'ssd' } } }), node('b')];
    expect(decide(wanted, nodes, [on('a', '1')])).toBe('a');
  });

  test('has no soft taint', () => {
    const soft = node('a', { spec: { taints: [{ key: 'k', effect: 'PreferNoSchedule' }] } });
    expect(decide(pod(), [soft, node('b')], [on('b', '1')])).toBe('b');
  });

  test('is drawn by chance among equals, the same for the same seed', () => {
    const nodes = ['a', 'b', 'c', 'd'].map((name) => node(name));
    const draws = Array.from({ length: 40 }, (_, seed) => decide(pod(), nodes, [], seed));
    expect(new Set(draws).size).toBe(4);
    expect(draws).toEqual(Array.from({ length: 40 }, (_, seed) => decide(pod(), nodes, [], seed)));
  });
});

test('the cache gives back what a pod took', () => {
  const cache = new ClusterCache();
  cache.setNode(node('n'));
  const taken = on('n', '1500m', {});
  cache.setPod(taken);
  cache.removePod(taken);
  cache.removeNode('n');
  expect(cache.nodes()).toEqual([]);
  cache.setPod(taken);
  cache.setNode(node('n'));
  expect(cache.nodes()[0]?.requested.get('cpu')).toBe(1_500_000_000n);
});
