import { describe, expect, test } from 'vitest';
import { created } from '../written.ts';
import { complaints } from './complaints.ts';
import { podKind } from './pod.ts';

describe('spec', () => {
  const QUALIFIED =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with " +
    "an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation " +
    "is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  const term = (topologyKey: string, more: object = {}) => ({
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, ...more }],
      },
    },
  });
  const ANTI = 'spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]';
  const nodeTerms = (terms: object[]) => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
      },
    },
  });
  const NODE =
    'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  const spread = (fields: object) => ({
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', ...fields },
    ],
  });

  test.each<[string, object, string[]]>([
    [
      'dnsPolicy',
      { dnsPolicy: 'x' },
      [
        'spec.dnsPolicy: Unsupported value: "x": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
      ],
    ],
    [
      'dnsPolicy None',
      { dnsPolicy: 'None' },
      ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
    ],
    [
      'nameservers',
      { dnsConfig: { nameservers: ['1.2.3'] } },
      [
        'spec.dnsConfig.nameservers[0]: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    ],
    [
      'four nameservers',
      { dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'] } },
      [
        'spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","1.1.1.2","1.1.1.3","1.1.1.4"]: must not have more than 3 nameservers',
      ],
    ],
    ['searches', { dnsConfig: { searches: ['_sip.local.', '.'] } }, []],
    [
      'deadline',
      { activeDeadlineSeconds: 0 },
      ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
    ],
    [
      'node selector',
      { nodeSelector: { a: 'b c' } },
      [
        "spec.nodeSelector[a]: Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      ],
    ],
    [
      'toleration without key',
      { tolerations: [{ operator: 'Equal' }] },
      [
        'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ],
    ],
    [
      'toleration operator',
      { tolerations: [{ key: 'a', operator: 'x' }] },
      ['spec.tolerations[0].operator: Unsupported value: "x": supported values: "Equal", "Exists"'],
    ],
    [
      'toleration value',
      { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] },
      [
        'spec.tolerations[0].operator: Invalid value: "b": value must be empty when `operator` is \'Exists\'',
      ],
    ],
    [
      'toleration effect',
      { tolerations: [{ key: 'a', operator: 'Exists', effect: 'x' }] },
      [
        'spec.tolerations[0].effect: Unsupported value: "x": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      ],
    ],
    [
      'toleration seconds',
      {
        tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 1 }],
      },
      [
        'spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set',
      ],
    ],
    [
      'readiness gates',
      { readinessGates: [{ conditionType: 'a b' }] },
      [`spec.readinessGates[0].conditionType: Invalid value: "a b": ${QUALIFIED}`],
    ],
    [
      'scheduling gates',
      { schedulingGates: [{ name: 'a' }, { name: 'a' }] },
      ['spec.schedulingGates[1]: Duplicate value: "a"'],
    ],
    [
      'gates and node',
      { schedulingGates: [{ name: 'a' }], nodeName: 'n' },
      ['spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared'],
    ],
    [
      'host aliases',
      { hostAliases: [{ ip: 'x', hostnames: ['a'] }] },
      [
        'spec.hostAliases[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    ],
    [
      'preemption policy',
      { preemptionPolicy: 'x' },
      [
        'spec.preemptionPolicy: Unsupported value: "x": supported values: "PreemptLowerPriority", "Never"',
      ],
    ],
    [
      'topology key',
      term(''),
      [
        `${ANTI}.topologyKey: Required value: can not be empty`,
        `${ANTI}.topologyKey: Invalid value: "": name part must be non-empty`,
        `${ANTI}.topologyKey: Invalid value: "": ${QUALIFIED}`,
      ],
    ],
    [
      'match label keys',
      term('zone', { matchLabelKeys: ['a'] }),
      [`${ANTI}.matchLabelKeys: Forbidden: must not be specified when labelSelector is not set`],
    ],
    [
      'node terms',
      nodeTerms([]),
      [`${NODE}: Required value: must have at least one node selector term`],
    ],
    [
      'node operator',
      nodeTerms([{ matchExpressions: [{ key: 'a', operator: 'x' }] }]),
      [
        `${NODE}[0].matchExpressions[0].operator: Invalid value: "x": not a valid selector operator`,
      ],
    ],
    [
      'node values',
      nodeTerms([{ matchExpressions: [{ key: 'a', operator: 'In' }] }]),
      [
        `${NODE}[0].matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
      ],
    ],
    [
      'node field',
      nodeTerms([{ matchFields: [{ key: 'a', operator: 'In', values: ['b'] }] }]),
      [`${NODE}[0].matchFields[0].key: Invalid value: "a": not a valid field selector key`],
    ],
    [
      'spread',
      spread({ maxSkew: 0, topologyKey: '', whenUnsatisfiable: 'x' }),
      [
        'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
        'spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty',
        'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "x": supported values: "DoNotSchedule", "ScheduleAnyway"',
      ],
    ],
    [
      'resource claims',
      { resourceClaims: [{ name: 'a' }] },
      [
        'spec.resourceClaims[0]: Invalid value: {"name":"a"}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
      ],
    ],
    [
      'runtime class',
      { runtimeClassName: 'A' },
      [
        expect.stringMatching(
          /^spec.runtimeClassName: Invalid value: "A": a lowercase RFC 1123 subdomain/,
        ) as unknown as string,
      ],
    ],
  ])('%s', (_, spec, expected) => {
    expect(complaints(spec)).toEqual(expected);
  });

  test('keys of the pod are merged into selectors once', () => {
    const labelSelector = () => ({ matchLabels: { app: 'x' } });
    const spec = {
      ...term('zone', { labelSelector: labelSelector(), matchLabelKeys: ['v'] }),
      ...spread({ labelSelector: labelSelector(), matchLabelKeys: ['v'] }),
    };
    const { object, errors } = created(podKind, {
      metadata: { labels: { v: '1' } },
      spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
    });
    expect(errors).toEqual([]);
    const merged = {
      matchLabels: { app: 'x' },
      matchExpressions: [{ key: 'v', operator: 'In', values: ['1'] }],
    };
    expect(JSON.stringify(object.spec).split(JSON.stringify(merged))).toHaveLength(3);
  });

  test('annotations that mean something are sound', () => {
    const annotations = {
      'controller.kubernetes.io/pod-deletion-cost': 'x',
      'kubernetes.io/config.mirror': 'y',
      'container.apparmor.security.beta.kubernetes.io/c': 'z',
    };
    expect(complaints({}, { annotations })).toEqual([
      'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "y": must set spec.nodeName if mirror pod annotation is set',
      'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "x": must be a 32bit integer',
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: Invalid value: "z": invalid AppArmor profile name: "z"',
    ]);
  });

  test('a spec that is the very same as before needs no check, annotations do', () => {
    const old = created(podKind, { spec: { containers: [] } }).object;
    const annotations = { 'controller.kubernetes.io/pod-deletion-cost': 'x' };
    const marked = { ...old, metadata: { ...old.metadata, annotations } };
    const fields = (errors = podKind.validate?.(marked, old)) => errors?.map(({ field }) => field);
    expect(fields()).toEqual([`metadata.annotations[${Object.keys(annotations)[0]}]`]);
    expect(fields(podKind.validate?.(structuredClone(old), old))).toContain('spec.containers');
  });
});
