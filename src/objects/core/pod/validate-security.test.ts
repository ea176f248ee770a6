import { describe, expect, test } from 'vitest';
import { containerComplaints } from './complaints.ts';

describe('security', () => {
  const S = 'spec.containers[0].securityContext';

  test.each<[string, object, object, string[]]>([
    [
      'user',
      { runAsUser: -1 },
      {},
      [`${S}.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive`],
    ],
    [
      'proc mount',
      { procMount: 'x' },
      {},
      [`${S}.procMount: Unsupported value: "x": supported values: "Default", "Unmasked"`],
    ],
    [
      'unmasked',
      { procMount: 'Unmasked' },
      {},
      [
        `${S}.procMount: Invalid value: "Unmasked": \`hostUsers\` must be false to use \`Unmasked\``,
      ],
    ],
    [
      'seccomp',
      { seccompProfile: { type: 'Localhost' } },
      {},
      [
        `${S}.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost`,
      ],
    ],
    [
      'apparmor',
      { appArmorProfile: { type: 'x' } },
      {},
      [
        `${S}.appArmorProfile.type: Unsupported value: "x": supported values: "Localhost", "RuntimeDefault", "Unconfined"`,
      ],
    ],
    [
      'privileged without escalation',
      { privileged: true, allowPrivilegeEscalation: false },
      {},
      [
        `${S}: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set \`allowPrivilegeEscalation\` to false and \`privileged\` to true`,
      ],
    ],
    [
      'pod group',
      {},
      { securityContext: { fsGroup: 2 ** 31 } },
      [
        'spec.securityContext.fsGroup: Invalid value: 2147483648: must be between 0 and 2147483647, inclusive',
      ],
    ],
    [
      'host sysctl',
      {},
      {
        hostNetwork: true,
        securityContext: { sysctls: [{ name: 'net/ipv4/ip_forward', value: '1' }] },
      },
      [
        'spec.securityContext.sysctls[0].name: Invalid value: "net/ipv4/ip_forward": may not be specified when \'hostNetwork\' is true',
      ],
    ],
    [
      'fsGroupChangePolicy',
      {},
      { securityContext: { fsGroupChangePolicy: 'x' } },
      [
        'spec.securityContext.fsGroupChangePolicy: Unsupported value: "x": supported values: "Always", "OnRootMismatch"',
      ],
    ],
    [
      'host users',
      {},
      { hostUsers: false, hostNetwork: true },
      ['spec.hostNetwork: Forbidden: when `pod.Spec.HostUsers` is false'],
    ],
    [
      'linux pod',
      { windowsOptions: {} },
      { os: { name: 'linux' } },
      [`${S}.windowsOptions: Forbidden: windows options cannot be set for a linux pod`],
    ],
    [
      'windows pod',
      { runAsUser: 1 },
      { os: { name: 'windows' } },
      [`${S}.runAsUser: Forbidden: cannot be set for a windows pod`],
    ],
    [
      'os',
      {},
      { os: { name: 'plan9' } },
      ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"'],
    ],
  ])('%s', (_, securityContext, spec, expected) => {
    expect(containerComplaints({ securityContext }, spec)).toEqual(expected);
  });
});
