import { describe, expect, test } from 'vitest';
import { ApiError } from '../../api-error.ts';
import type { ActionSubresource } from '../../kind.ts';
import type { KubeObject } from '../../meta.ts';
import { created, updated } from '../written.ts';
import { podKind } from './pod.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');
const good = { spec: { containers: [{ name: 'c', image: 'i' }] } };

describe('a new pod', () => {
  test('is Pending, whatever its creator says', () => {
    const status = { phase: 'Running', podIP: '1.2.3.4' };
    const { object } = created(podKind, { ...good, status });
    expect(object.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
  });

  test('with gates says why it waits', () => {
    const spec = { ...good.spec, schedulingGates: [{ name: 'a' }] };
    const { object } = created(podKind, { spec });
    expect(object.status).toMatchObject({
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
          lastTransitionTime: '2026-01-02T03:04:05Z',
        },
      ],
    });
  });

  test('loses fields of features that are off', () => {
    const container = {
      name: 'c',
      image: 'i',
      restartPolicy: 'Never',
      restartPolicyRules: [],
      lifecycle: { stopSignal: 'SIGTERM' },
    };
    const initContainers = [
      { name: 'a', image: 'i', restartPolicy: 'OnFailure' },
      { name: 'b', image: 'i', restartPolicy: 'Always' },
    ];
    const spec = { initContainers, containers: [container], hostnameOverride: 'x' };
    const { object, errors } = created(podKind, { spec });
    expect(errors).toEqual([]);
    const { containers, hostnameOverride, ...rest } = object.spec as Record<string, unknown[]>;
    expect(containers![0]).not.toHaveProperty('restartPolicy');
    expect(rest.initContainers![0]).not.toHaveProperty('restartPolicy');
    expect(rest.initContainers![1]).toHaveProperty('restartPolicy', 'Always');
    expect(hostnameOverride).toBeUndefined();
    expect(containers![0]).not.toHaveProperty('restartPolicyRules');
    expect(containers![0]).toHaveProperty('lifecycle', {});
  });

  test('copies profiles from old annotations', () => {
    const annotations = { 'container.apparmor.security.beta.kubernetes.io/c': 'runtime/default' };
    const { object, errors } = created(podKind, { ...good, metadata: { annotations } });
    expect(errors).toEqual([]);
    expect(object.spec).toMatchObject({
      containers: [{ securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } }],
    });
  });
});

describe('fields', () => {
  test('for selectors', () => {
    const { object } = created(podKind, { spec: { ...good.spec, nodeName: 'n' } });
    object.status = { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }] };
    const fields = podKind.fields!(object);
    expect(fields).toEqual({
      'spec.nodeName': 'n',
      'spec.restartPolicy': 'Always',
      'spec.schedulerName': 'default-scheduler',
      'spec.serviceAccountName': '',
      'spec.hostNetwork': 'false',
      'status.phase': 'Running',
      'status.podIP': '10.0.0.1',
      'status.nominatedNodeName': '',
    });
    expect(Object.keys(fields)).toEqual(podKind.fieldNames);
  });
});

describe('deletion', () => {
  const scheduled = { containers: [], nodeName: 'n', terminationGracePeriodSeconds: 30 };

  test.each<[string, object, object, number | undefined, number]>([
    ['as the pod says', scheduled, {}, undefined, 30],
    ['as the caller says', scheduled, {}, 5, 5],
    ['at once', scheduled, {}, 0, 0],
    ['a negative time', { ...scheduled, terminationGracePeriodSeconds: -1 }, {}, undefined, 1],
    ['not scheduled', { ...scheduled, nodeName: '' }, {}, 5, 0],
    ['succeeded', scheduled, { phase: 'Succeeded' }, 5, 0],
    ['failed', scheduled, { phase: 'Failed' }, undefined, 0],
    ['running', scheduled, { phase: 'Running' }, undefined, 30],
  ])('%s', (_, spec, status, requested, expected) => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec, status } as KubeObject;
    expect(podKind.delete!.gracePeriodSeconds(pod, requested)).toBe(expected);
  });
});

describe('binding', () => {
  const binding = podKind.subresources.binding as ActionSubresource<KubeObject>;

  function bind(spec: object, metadata: object = {}, target: object = { name: 'n' }): KubeObject {
    const pod = { metadata: { name: 'x', uid: 'u', ...metadata }, spec, status: {} };
    const body = { metadata: { annotations: { a: 'b' } }, target };
    binding.apply(pod as unknown as KubeObject, body as unknown as KubeObject, { now: NOW });
    return pod as unknown as KubeObject;
  }

  test('gives the pod its node', () => {
    expect(bind({})).toEqual({
      metadata: { name: 'x', uid: 'u', annotations: { a: 'b' } },
      spec: { nodeName: 'n' },
      status: {
        conditions: [
          { type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-02T03:04:05Z' },
        ],
      },
    });
  });

  test.each<[string, object, object, string]>([
    ['a bound pod', { nodeName: 'm' }, {}, 'pod x is already assigned to node "m"'],
    [
      'an ending pod',
      {},
      { deletionTimestamp: 'T' },
      'pod x is being deleted, cannot be assigned to a host',
    ],
    [
      'a gated pod',
      { schedulingGates: [{ name: 'a' }] },
      {},
      'pod x has non-empty .spec.schedulingGates',
    ],
  ])('refuses %s', (_, spec, metadata, text) => {
    let error: unknown;
    try {
      bind(spec, metadata);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      code: 409,
      message: `Operation cannot be fulfilled on pods/binding "x": ${text}`,
    });
  });

  test.each<[object, string[]]>([
    [{ name: 'n', kind: 'Node' }, []],
    [{ name: '' }, ['Required target.name']],
    [{ name: 'n', kind: 'Pod' }, ['NotSupported target.kind']],
  ])('checks the target %j', (target, expected) => {
    const errors = binding.validate({ target } as unknown as KubeObject);
    expect(errors.map(({ type, field }) => `${type} ${field}`)).toEqual(expected);
  });
});

describe('the status subresource', () => {
  const ended = { name: 'c', state: { terminated: { exitCode: 0 } } };
  const again = { name: 'c', state: { running: {} } };

  test('keeps the spec', () => {
    const after = { spec: { containers: [] }, status: { phase: 'Running' } };
    const before = { ...good, status: { phase: 'Pending', qosClass: 'BestEffort' } };
    const { object, errors } = updated(podKind, before, after, 'status');
    expect(errors).toEqual([]);
    expect(object.spec).toMatchObject({ containers: [{ name: 'c', image: 'i' }] });
    expect(object.status).toEqual({ phase: 'Running', qosClass: 'BestEffort' });
  });

  test.each<[string, string, object, object, string[]]>([
    [
      'an ended container stays ended',
      'Never',
      { containerStatuses: [ended] },
      { containerStatuses: [again] },
      [
        'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
      ],
    ],
    [
      'unless it may restart',
      'Always',
      { containerStatuses: [ended] },
      { containerStatuses: [again] },
      [],
    ],
    [
      'the QoS class stays',
      'Always',
      { qosClass: 'Burstable' },
      { qosClass: 'Guaranteed' },
      ['status.qosClass: Invalid value: "Guaranteed": field is immutable'],
    ],
    [
      'addresses are addresses',
      'Always',
      {},
      { podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] },
      [
        'status.podIPs: Invalid value: [{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}]: may specify no more than one IP for each IP family',
      ],
    ],
    [
      'host addresses agree',
      'Always',
      {},
      { hostIP: '10.0.0.1', hostIPs: [{ ip: '10.0.0.2' }] },
      ['status.hostIPs[0].ip: Invalid value: "10.0.0.2": must be equal to `hostIP`'],
    ],
  ])('%s', (_, restartPolicy, before, after, expected) => {
    const spec = { ...good.spec, restartPolicy };
    const first = { spec, status: before };
    expect(updated(podKind, first, { spec, status: after }, 'status').errors).toEqual(expected);
  });
});
