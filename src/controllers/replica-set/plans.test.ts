import { describe, expect, it } from 'vitest';
import type { Pod, ReplicaSet, ReplicaSetStatus } from '../../generated/types.ts';
import { planReplicas } from './plan-replicas.ts';
import { planStatus } from './plan-status.ts';
import { podFromTemplate } from './pod-from-template.ts';

const NOW = Date.UTC(2026, 0, 2, 12, 0, 0);

function setOf(replicas: number, minReadySeconds = 0, status?: ReplicaSetStatus): ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web', namespace: 'default', uid: 'u', generation: 3 },
    spec: {
      replicas,
      minReadySeconds,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web', tier: 'x' } }, spec: { containers: [] } },
    },
    status,
  };
}

function podOf(name: string, labels: Record<string, string>, readySeconds?: number): Pod {
  const status = readySeconds === undefined ? 'False' : 'True';
  const lastTransitionTime = new Date(NOW - (readySeconds ?? 0) * 1_000).toISOString();
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: { containers: [], nodeName: name },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status, lastTransitionTime }] },
  };
}

const FULL = { app: 'web', tier: 'x' };

describe('planReplicas', () => {
  const plan = (set: ReplicaSet, count: number, related: Pod[] = []) =>
    planReplicas(
      set,
      Array.from({ length: count }, (_, at) => podOf(`p${at}`, FULL, at)),
      () => related,
      NOW,
    );

  it('does nothing when there are enough, or the set goes', () => {
    expect(plan(setOf(2), 2)).toEqual({ type: 'keep' });
    const set = setOf(2);
    set.metadata.deletionTimestamp = '2026-01-02T00:00:00Z';
    expect(plan(set, 1)).toEqual({ type: 'keep' });
    expect(plan(set, 3)).toEqual({ type: 'keep' });
  });

  it('makes and removes at most 500 at a time', () => {
    expect(plan(setOf(3), 1)).toEqual({ type: 'create', count: 2 });
    expect(plan(setOf(10_000), 1)).toEqual({ type: 'create', count: 500 });
    expect(plan(setOf(0), 700)).toMatchObject({ type: 'delete', pods: { length: 500 } });
  });

  it('chooses who goes, and counts only kin that runs', () => {
    const ended = podOf('p3', FULL, 1);
    const crowd = [podOf('p2', FULL), podOf('p2', FULL), ended, ended, ended];
    ended.status = { phase: 'Succeeded' };
    const { pods = [] } = plan(setOf(3), 4, crowd) as { pods?: Pod[] };
    expect(pods.map(({ metadata }) => metadata.name)).toEqual(['p2']);
  });
});

describe('planStatus', () => {
  it('counts pods by what they are', () => {
    const pods = [podOf('a', FULL, 1), podOf('b', { app: 'web' }, 30), podOf('c', FULL)];
    expect(planStatus(setOf(3, 10), pods, undefined, NOW)).toEqual({
      status: {
        replicas: 3,
        fullyLabeledReplicas: 2,
        readyReplicas: 2,
        availableReplicas: 1,
        observedGeneration: 3,
      },
      nextMs: 9_000,
    });
  });

  it('looks again when the next pod becomes available, which it is then', () => {
    const { nextMs = 0 } = planStatus(setOf(1, 10), [podOf('a', FULL, 4)], undefined, NOW);
    const then = planStatus(setOf(1, 10), [podOf('a', FULL, 4)], undefined, NOW + nextMs);
    expect(nextMs).toBe(6_000);
    expect(then).toMatchObject({ status: { availableReplicas: 1 }, nextMs: undefined });
  });

  it('tells a failure as it was first met, until there is none', () => {
    const failing = planStatus(setOf(2), [], new Error('no room'), NOW).status;
    const condition = {
      type: 'ReplicaFailure',
      status: 'True',
      lastTransitionTime: '2026-01-02T12:00:00Z',
      reason: 'FailedCreate',
      message: 'no room',
    };
    expect(failing.conditions).toEqual([condition]);
    const later = planStatus(setOf(2, 0, failing), [], new Error('else'), NOW + 5_000).status;
    expect(later.conditions).toEqual([condition]);
    const other = { type: 'Mine', status: 'True' };
    const mixed = { ...failing, conditions: [condition, other] };
    expect(planStatus(setOf(2, 0, mixed), [], undefined, NOW).status.conditions).toEqual([other]);
    const deleting = planStatus(setOf(0), [podOf('a', FULL)], new Error('stuck'), NOW).status;
    expect(deleting.conditions).toMatchObject([{ reason: 'FailedDelete', message: 'stuck' }]);
  });
});

describe('podFromTemplate', () => {
  it('takes labels, annotations and finalizers, and leaves the name to the server', () => {
    const set = setOf(1);
    set.spec.template = {
      metadata: {
        name: 'ignored',
        labels: { a: 'b' },
        annotations: { c: 'd' },
        finalizers: ['x.y/z'],
      },
      spec: { containers: [{ name: 'c' }] },
    };
    const { metadata, spec } = podFromTemplate(set);
    expect(metadata).toEqual({
      generateName: 'web-',
      namespace: 'default',
      labels: { a: 'b' },
      annotations: { c: 'd' },
      finalizers: ['x.y/z'],
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'web',
          uid: 'u',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
    expect(spec.containers).toEqual([{ name: 'c' }]);
  });

  it('does without the dash where there is no room', () => {
    const set = setOf(1);
    set.metadata.name = 'a'.repeat(253);
    expect(podFromTemplate(set).metadata.generateName).toBe(set.metadata.name);
  });

  it('makes no pod that nobody would know', () => {
    const set = setOf(1);
    set.spec.template = { spec: { containers: [] } };
    expect(() => podFromTemplate(set)).toThrow('unable to create pods, no labels');
  });
});
