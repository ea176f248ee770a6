import { expect, it } from 'vitest';
import type { Pod, PodSpec } from '../generated/types.ts';
import { admitPod } from './admission.ts';

const node = {
  name: 'node-1',
  labels: { 'kubernetes.io/os': 'linux', disk: 'ssd' },
  taints: [
    { key: 'old', effect: 'NoSchedule' },
    { key: 'gone', effect: 'NoExecute' },
  ],
  allocatable: { cpu: '4', memory: '8Gi', pods: '3' },
  operatingSystem: 'linux',
  modules: { appArmor: false, seLinux: false },
  supplementalGroupsPolicy: false,
};

function pod(spec: Partial<PodSpec>, status: Pod['status'] = {}): Pod {
  const metadata = { name: 'p', namespace: 'ns' };
  const tolerations = [{ effect: 'NoExecute', operator: 'Exists' }];
  const whole = { containers: [], tolerations, ...spec };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: whole, status };
}

function withPort(port: object): Partial<PodSpec> {
  const ports = [{ containerPort: 80, ...port }];
  return { containers: [{ name: 'c', image: 'i', ports }] };
}

function withAffinity(operator: string): Partial<PodSpec> {
  const nodeSelectorTerms = [{ matchExpressions: [{ key: 'disk', operator, values: ['ssd'] }] }];
  const requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms };
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution } } };
}

const AFFINITY = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
const PORTS =
  "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
const TAINT = "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate";
const busy = pod(withPort({ hostPort: 8080 }));
const local = pod(withPort({ hostPort: 8080, hostIP: '127.0.0.1' }));

it.each<[string, Partial<PodSpec>, readonly Pod[], string]>([
  ['nothing special', {}, [], ''],
  ['its label', { nodeSelector: { disk: 'ssd' } }, [], ''],
  ['another label', { nodeSelector: { disk: 'hdd' } }, [], `NodeAffinity: ${AFFINITY}`],
  ['an affinity to it', withAffinity('In'), [], ''],
  ['an affinity to others', withAffinity('NotIn'), [], `NodeAffinity: ${AFFINITY}`],
  ['a free port', withPort({ hostPort: 8081 }), [busy], ''],
  ['a port that is taken', withPort({ hostPort: 8080 }), [busy], `NodePorts: ${PORTS}`],
  ['the port by another protocol', withPort({ hostPort: 8080, protocol: 'UDP' }), [busy], ''],
  ['it on another address', withPort({ hostPort: 8080, hostIP: '192.0.2.1' }), [local], ''],
  ['it on all addresses', withPort({ hostPort: 8080 }), [local], `NodePorts: ${PORTS}`],
  [
    'a port of a pod that has ended',
    withPort({ hostPort: 8080 }),
    [{ ...busy, status: { phase: 'Failed' } }],
    '',
  ],
  ['linux', { os: { name: 'linux' } }, [], ''],
  [
    'windows',
    { os: { name: 'windows' } },
    [],
    "PodOSNotSupported: Failed to admit pod as the OS field doesn't match node OS",
  ],
  [
    'windows by label',
    { nodeSelector: { 'kubernetes.io/os': 'windows' } },
    [],
    'PodOSSelectorNodeLabelDoesNotMatch: ' +
      "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
  ],
  [
    'a place where there is none',
    {},
    [pod({}), pod({}), pod({})],
    "OutOfpods: Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3",
  ],
])('a pod that wants %s', (_, spec, others, refusal) => {
  const answer = admitPod(pod(spec), others, node, new Set());
  expect(answer === null ? '' : `${answer.reason}: ${answer.message}`).toBe(refusal);
});

const STATIC = { uid: '0123456789abcdef0123456789abcdef' };

it.each<[string, Partial<PodSpec>, Pod['metadata'], string]>([
  ['that tolerates nothing', { tolerations: [] }, {}, `TaintToleration: ${TAINT}`],
  [
    'that only says it is of a file',
    { tolerations: [] },
    { annotations: { 'kubernetes.io/config.source': 'file' } },
    `TaintToleration: ${TAINT}`,
  ],
  ['that tolerates it', { tolerations: [{ key: 'gone', operator: 'Exists' }] }, {}, ''],
  ['of a file', { tolerations: [] }, STATIC, ''],
])('on a node with a taint NoExecute, a pod %s', (_, spec, changes, refusal) => {
  const { metadata, ...rest } = pod(spec);
  const answer = admitPod({ ...rest, metadata: { ...metadata, ...changes } }, [], node, new Set());
  expect(answer === null ? '' : `${answer.reason}: ${answer.message}`).toBe(refusal);
});

it('a pod that was admitted before is not judged again', () => {
  const old = pod({ nodeSelector: { disk: 'hdd' } }, { startTime: '2026-01-02T03:04:05Z' });
  expect(admitPod(old, [], node, new Set())).toBeNull();
});
