import { describe, expect, test } from 'vitest';
import { seededPrng } from '../../base/prng.ts';
import type { Namespace, Node, Pod, PodAffinityTerm, PodSpec } from '../../generated/types.ts';
import { ClusterCache } from '../cluster-cache.ts';
import { explain } from '../explain.ts';
import { demandOf } from '../node-state.ts';
import { pickNode } from '../pick-node.ts';

type Labels = Record<string, string>;

let uids = 0;

function pod(labels: Labels, spec: Partial<PodSpec> = {}, metadata: object = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default', uid: `u${uids++}`, labels, ...metadata },
    spec: { containers: [{ name: 'c' }], ...spec },
  };
}

/** A pod on node `nodeName`. */
const on = (nodeName: string, labels: Labels, spec: Partial<PodSpec> = {}, metadata = {}) =>
  pod(labels, { nodeName, ...spec }, metadata);

function node(name: string, labels: Labels = {}, taints: Node['spec']['taints'] = []): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { host: name, ...labels } },
    spec: { taints },
    status: { allocatable: { cpu: '2', memory: '2Gi', pods: '110' } },
  };
}

const NAMESPACES: Record<string, Labels> = { default: {}, shop: { team: 'a' } };

function decide(wanted: Pod, nodes: readonly Node[], placed: readonly Pod[]): string {
  const cache = new ClusterCache();
  for (const one of nodes) cache.setNode(one);
  for (const one of placed) cache.setPod(one);
  const around = cache.neighbourhood((name) => {
    const labels = NAMESPACES[name];
    return labels && ({ metadata: { name, labels } } as unknown as Namespace);
  });
  const pick = pickNode(demandOf(wanted, null, around), cache.nodes(), seededPrng(1));
  return pick.type === 'node' ? pick.name : explain(wanted, pick.rejections).split('. no new')[0]!;
}

const term = (more: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
  topologyKey: 'host',
  labelSelector: { matchLabels: { app: 'web' } },
  ...more,
});
const near = (...terms: PodAffinityTerm[]): Partial<PodSpec> => ({
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
});
const apart = (...terms: PodAffinityTerm[]): Partial<PodSpec> => ({
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
});
const WEB = { app: 'web' };
const DB = { app: 'db' };
const TWO = [node('a', { zone: '1' }), node('b', { zone: '1' })];
const nowhere = (reason: string) => `0/1 nodes are available: 1 node(s) ${reason}`;
const NOT_NEAR = nowhere("didn't match pod affinity rules");
const NOT_APART = nowhere("didn't match pod anti-affinity rules");
const UNWELCOME = nowhere("didn't satisfy existing pods anti-affinity rules");

describe('affinity', () => {
  test.each<[string, Pod, Node[], Pod[], string]>([
    ['goes where such a pod is', pod(DB, near(term())), TWO, [on('b', WEB)], 'b'],
    ['waits for such a pod', pod(DB, near(term())), [node('a')], [on('a', DB)], NOT_NEAR],
    ['is the first of its kind', pod(WEB, near(term())), [node('a')], [on('a', DB)], 'a'],
    [
      'is not the first where one of its kind is elsewhere',
      pod(WEB, near(term({ topologyKey: 'zone' }))),
      [node('a', { zone: '1' }), node('b')],
      [on('a', WEB)],
      'a',
    ],
    [
      'needs the label, also as the first',
      pod(WEB, near(term({ topologyKey: 'rack' }))),
      [node('a')],
      [],
      NOT_NEAR,
    ],
    [
      'finds all terms in one pod',
      pod(DB, near(term(), term({ labelSelector: { matchLabels: { tier: '1' } } }))),
      [node('a')],
      [on('a', WEB), on('a', { tier: '1' })],
      NOT_NEAR,
    ],
    [
      'is about its own namespace',
      pod(DB, near(term())),
      [node('a')],
      [on('a', WEB, {}, { namespace: 'shop' })],
      NOT_NEAR,
    ],
    [
      'is about the namespaces it names',
      pod(DB, near(term({ namespaces: ['shop'] }))),
      [node('a')],
      [on('a', WEB, {}, { namespace: 'shop' })],
      'a',
    ],
    [
      'is about the namespaces it selects',
      pod(DB, near(term({ namespaceSelector: { matchLabels: { team: 'a' } } }))),
      [node('a')],
      [on('a', WEB, {}, { namespace: 'shop' })],
      'a',
    ],
    [
      'without a selector is about nobody',
      pod(DB, near(term({ labelSelector: undefined }))),
      [node('a')],
      [on('a', WEB)],
      NOT_NEAR,
    ],
  ])('%s', (_name, wanted, nodes, placed, decision) => {
    expect(decide(wanted, nodes, placed)).toBe(decision);
  });
});

describe('anti-affinity', () => {
  test.each<[string, Pod, Node[], Pod[], string]>([
    ['keeps away from such pods', pod(WEB, apart(term())), TWO, [on('a', WEB)], 'b'],
    ['finds no place', pod(WEB, apart(term())), [node('a')], [on('a', WEB)], NOT_APART],
    ['has nobody to keep away from', pod(WEB, apart(term())), [node('a')], [on('a', DB)], 'a'],
    [
      'has no meaning on a node without the label',
      pod(WEB, apart(term({ topologyKey: 'rack' }))),
      [node('a')],
      [on('a', WEB)],
      'a',
    ],
    [
      'is felt in the whole zone',
      pod(WEB, apart(term({ topologyKey: 'zone' }))),
      [...TWO, node('c', { zone: '2' })],
      [on('a', WEB)],
      'c',
    ],
    ['of others counts too', pod(WEB), [node('a')], [on('a', DB, apart(term()))], UNWELCOME],
    ['of others is not about it', pod(DB), [node('a')], [on('a', DB, apart(term()))], 'a'],
    [
      'of others ends with them',
      pod(WEB),
      [node('a')],
      [{ ...on('a', DB, apart(term())), status: { phase: 'Failed' } }],
      'a',
    ],
  ])('%s', (_name, wanted, nodes, placed, decision) => {
    expect(decide(wanted, nodes, placed)).toBe(decision);
  });
});

describe('spreading', () => {
  const spread = (more: object = {}, spec: Partial<PodSpec> = {}): Partial<PodSpec> => ({
    ...spec,
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'host',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: WEB },
        ...more,
      },
    ],
  });
  const NOT_EVEN = nowhere("didn't match pod topology spread constraints");
  const tainted = node('b', {}, [{ key: 'k', effect: 'NoSchedule' }]);
  const UNEVEN =
    "0/2 nodes are available: 1 node(s) didn't match pod topology spread constraints, " +
    '1 node(s) had untolerated taint {k: }';
  test.each<[string, Pod, Node[], Pod[], string]>([
    ['goes where the fewest are', pod(WEB, spread()), TWO, [on('a', WEB)], 'b'],
    ['has one node only', pod(WEB, spread()), [node('a')], [on('a', WEB), on('a', WEB)], 'a'],
    [
      'asks for more parts than there are',
      pod(WEB, spread({ minDomains: 2 })),
      [node('a')],
      [on('a', WEB)],
      NOT_EVEN,
    ],
    [
      'does not find the label',
      pod(WEB, spread({ topologyKey: 'zone' })),
      [node('a')],
      [],
      `${NOT_EVEN} (missing required label)`,
    ],
    [
      'would like to, but need not',
      pod(WEB, spread({ whenUnsatisfiable: 'ScheduleAnyway', topologyKey: 'zone' })),
      [node('a')],
      [on('a', WEB)],
      'a',
    ],
    [
      'counts neither those that end, nor those of other namespaces',
      pod(WEB, spread({ minDomains: 2 })),
      [node('a')],
      [
        on('a', WEB, {}, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
        on('a', WEB, {}, { namespace: 'shop' }),
      ],
      'a',
    ],
    ['is even by tainted nodes', pod(WEB, spread()), [node('a'), tainted], [on('a', WEB)], UNEVEN],
    [
      'leaves tainted nodes out where it says so',
      pod(WEB, spread({ nodeTaintsPolicy: 'Honor' })),
      [node('a'), tainted],
      [on('a', WEB)],
      'a',
    ],
    [
      'leaves out nodes that the pod does not select',
      pod(WEB, spread({}, { nodeSelector: { host: 'a' } })),
      TWO,
      [on('a', WEB)],
      'a',
    ],
  ])('%s', (_name, wanted, nodes, placed, decision) => {
    expect(decide(wanted, nodes, placed)).toBe(decision);
  });
});
