import { describe, expect, test } from 'vitest';
import { updated } from '../written.ts';
import { podKind } from './pod.ts';

const container = { name: 'c', image: 'i:1' };

/** The complaints when a pod's spec changes from `before` to `after`, added to a good one. */
function changes(before: object, after: object, subresource = ''): readonly string[] {
  const spec = { containers: [container] };
  const first = { spec: { ...spec, ...before } };
  return updated(podKind, first, { spec: { ...spec, ...after } }, subresource).errors;
}

const ONLY =
  'spec: Forbidden: pod updates may not change fields other than ' +
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,' +
  '`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n';

const toleration = { key: 'a', operator: 'Exists', effect: 'NoExecute' };

describe('an update of a pod', () => {
  test.each<[string, object, object]>([
    ['nothing', {}, {}],
    [
      'an image',
      {},
      { containers: [{ name: 'c', image: 'i:2', imagePullPolicy: 'IfNotPresent' }] },
    ],
    ['a first deadline', {}, { activeDeadlineSeconds: 5 }],
    ['a shorter deadline', { activeDeadlineSeconds: 9 }, { activeDeadlineSeconds: 5 }],
    ['one more toleration', {}, { tolerations: [toleration] }],
    [
      'how long one tolerates',
      { tolerations: [toleration] },
      { tolerations: [{ ...toleration, tolerationSeconds: 5 }] },
    ],
    [
      'a negative grace to 1',
      { terminationGracePeriodSeconds: -1 },
      { terminationGracePeriodSeconds: 1 },
    ],
    [
      'a gate less',
      { schedulingGates: [{ name: 'a' }, { name: 'b' }] },
      { schedulingGates: [{ name: 'b' }] },
    ],
    [
      'a stricter node selector while gated',
      { schedulingGates: [{ name: 'a' }], nodeSelector: { a: 'b' } },
      { schedulingGates: [{ name: 'a' }], nodeSelector: { a: 'b', c: 'd' } },
    ],
    ['an empty map', { nodeSelector: {} }, {}],
  ])('may change %s', (_, before, after) => {
    expect(changes(before, after)).toEqual([]);
  });

  test.each<[string, object, object, string[]]>([
    ['the host name', {}, { hostname: 'h' }, [`${ONLY}+ \thostname: "h"\n`]],
    [
      'a command',
      {},
      { containers: [{ ...container, command: ['a'] }] },
      [`${ONLY}+ \tcontainers[0].command: ["a"]\n`],
    ],
    [
      'the node',
      { nodeName: 'a' },
      { nodeName: 'b' },
      [`${ONLY}- \tnodeName: "a"\n+ \tnodeName: "b"\n`],
    ],
    [
      'the list of containers',
      {},
      { containers: [container, { name: 'd', image: 'i' }] },
      ['spec.containers: Forbidden: pod updates may not add or remove containers'],
    ],
    [
      'a longer deadline',
      { activeDeadlineSeconds: 5 },
      { activeDeadlineSeconds: 9 },
      [
        'spec.activeDeadlineSeconds: Invalid value: 9: must be less than or equal to previous value',
      ],
    ],
    [
      'no deadline any more',
      { activeDeadlineSeconds: 5 },
      {},
      [
        'spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value',
      ],
    ],
    [
      'a toleration less',
      { tolerations: [toleration] },
      {},
      [
        'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
      ],
    ],
    [
      'a gate more',
      { schedulingGates: [{ name: 'a' }] },
      { schedulingGates: [{ name: 'b' }] },
      [
        "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'b'",
      ],
    ],
    [
      'another node selector while gated',
      { schedulingGates: [{ name: 'a' }], nodeSelector: { a: 'b' } },
      { schedulingGates: [{ name: 'a' }], nodeSelector: { a: 'c' } },
      [
        'spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
      ],
    ],
    [
      'the grace',
      {},
      { terminationGracePeriodSeconds: 5 },
      [`${ONLY}- \tterminationGracePeriodSeconds: 30\n+ \tterminationGracePeriodSeconds: 5\n`],
    ],
  ])('may not change %s', (_, before, after, expected) => {
    expect(changes(before, after)).toEqual(expected);
  });

  test('leaves the status alone', () => {
    const first = { spec: { containers: [container] }, status: { phase: 'Running' } };
    const { object } = updated(podKind, first, { ...first, status: { phase: 'Failed' } });
    expect(object.status).toEqual({ phase: 'Running' });
  });
});

describe('ephemeralcontainers', () => {
  const debug = { name: 'd', image: 'i' };

  test('adds containers and nothing else', () => {
    const first = { spec: { containers: [container] } };
    const after = {
      spec: { containers: [container], hostname: 'x', ephemeralContainers: [debug] },
    };
    const { object, errors } = updated(podKind, first, after, 'ephemeralcontainers');
    expect(errors).toEqual([]);
    expect(object.spec).toMatchObject({ ephemeralContainers: [debug] });
    expect(object.spec).not.toHaveProperty('hostname');
  });

  test('drops what v1.34 has off', () => {
    const first = { spec: { containers: [container] } };
    const wished = { ...debug, restartPolicy: 'Never', restartPolicyRules: [] };
    const after = { spec: { containers: [container], ephemeralContainers: [wished] } };
    const { object, errors } = updated(podKind, first, after, 'ephemeralcontainers');
    expect(errors).toEqual([]);
    expect(object.spec).toMatchObject({ ephemeralContainers: [debug] });
    expect(object.spec).not.toHaveProperty('ephemeralContainers.0.restartPolicy');
  });

  test('neither takes one away nor changes one', () => {
    const before = { ephemeralContainers: [debug, { name: 'e', image: 'i' }] };
    const after = { ephemeralContainers: [{ ...debug, image: 'j', imagePullPolicy: 'Always' }] };
    expect(changes(before, after, 'ephemeralcontainers')).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "d" may not be changed\n- \timage: "i"\n+ \timage: "j"\n',
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "e" may not be removed\n',
    ]);
  });
});

describe('resize', () => {
  const with_ = (resources: object, more: object = {}) => ({
    containers: [{ ...container, resources, ...more }],
  });
  const small = { requests: { cpu: '1', memory: '1Gi' } };
  const limited = { requests: { cpu: '1' }, limits: { cpu: '2', memory: '1Gi' } };

  test('changes cpu and memory and nothing else', () => {
    const first = { spec: with_(small) };
    const after = { spec: { ...with_({ requests: { cpu: '2', memory: '2Gi' } }), hostname: 'x' } };
    const { object, errors } = updated(podKind, first, after, 'resize');
    expect(errors).toEqual([]);
    expect(object.spec).toMatchObject(with_({ requests: { cpu: '2', memory: '2Gi' } }));
    expect(object.spec).not.toHaveProperty('hostname');
  });

  test.each<[string, object]>([
    ['less', { requests: { cpu: '1' }, limits: { cpu: '2', memory: '1Mi' } }],
    ['more', { requests: { cpu: '1' }, limits: { cpu: '2', memory: '2Gi' } }],
  ])('allows a limit of %s memory without a restart', (_, resources) => {
    expect(changes(with_(limited), with_(resources), 'resize')).toEqual([]);
  });

  test('allows a first limit of memory', () => {
    expect(changes(with_(small), with_({ ...small, limits: { memory: '2Gi' } }), 'resize')).toEqual(
      [],
    );
  });

  test.each<[string, object, object, string[]]>([
    [
      'another QoS class',
      with_(small),
      with_({ ...small, limits: small.requests }),
      ['spec: Invalid value: "": Pod QOS Class may not change as a result of resizing'],
    ],
    [
      'a request less',
      with_(small),
      with_({ requests: { cpu: '1' } }),
      ['spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed'],
    ],
    [
      'storage',
      with_({ requests: { cpu: '1', 'ephemeral-storage': '1' } }),
      with_({ requests: { cpu: '1', 'ephemeral-storage': '2' } }),
      ['spec: Forbidden: only cpu and memory resources are mutable'],
    ],
    [
      'another container',
      with_(small),
      with_(small, { name: 'd' }),
      ['spec: Forbidden: only cpu and memory resources are mutable'],
    ],
  ])('refuses %s', (_, before, after, expected) => {
    expect(changes(before, after, 'resize')).toEqual(expected);
  });
});
