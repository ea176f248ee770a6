import { describe, expect, it } from 'vitest';
import type { Pod, PodSecurityContext, SecurityContext } from '../generated/types.ts';
import type { Image } from './runtime.ts';
import {
  containerSecurity,
  needsImageUser,
  type SecurityParts,
  sandboxSecurity,
  verifyRunAsNonRoot,
} from './security-context.ts';

function podOf(own: SecurityContext, ofPod: PodSecurityContext = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'ns', uid: 'u' },
    spec: { containers: [{ name: 'c', securityContext: own }], securityContext: ofPod },
  };
}

function securityOf(own: SecurityContext, ofPod?: PodSecurityContext, parts: SecurityParts = {}) {
  const pod = podOf(own, ofPod);
  return containerSecurity(pod, pod.spec.containers[0]!, parts);
}

const image = (user: Partial<Image>): Image => ({
  id: 'i',
  tags: [],
  digests: [],
  sizeBytes: 1,
  ...user,
});

describe('containerSecurity', () => {
  const local = { type: 'Localhost', localhostProfile: 'x' };
  const cases: readonly [string, SecurityContext, PodSecurityContext, object][] = [
    ['the pod decides', {}, { runAsUser: 1, runAsGroup: 2 }, { runAsUser: 1, runAsGroup: 2 }],
    ['the container wins', { runAsUser: 3 }, { runAsUser: 1 }, { runAsUser: 3 }],
    [
      'groups are those of the pod',
      {},
      { fsGroup: 9, supplementalGroups: [7, 8], supplementalGroupsPolicy: 'Strict' },
      { supplementalGroups: [7, 8, 9], strictGroups: true },
    ],
    ['no seccomp profile is unconfined', {}, {}, { seccomp: { type: 'Unconfined', path: '' } }],
    [
      "a container's seccomp profile wins",
      { seccompProfile: local },
      { seccompProfile: { type: 'RuntimeDefault' } },
      { seccomp: { type: 'Localhost', path: '/var/lib/kubelet/seccomp/x' } },
    ],
    [
      'privileged is unconfined and sees all',
      { privileged: true },
      { seccompProfile: { type: 'RuntimeDefault' } },
      { privileged: true, seccomp: { type: 'Unconfined', path: '' }, maskedPaths: [] },
    ],
    ['an unmasked /proc', { procMount: 'Unmasked' }, {}, { maskedPaths: [], readonlyPaths: [] }],
    ['escalation is allowed unless refused', {}, {}, { noNewPrivileges: false }],
    ['escalation refused', { allowPrivilegeEscalation: false }, {}, { noNewPrivileges: true }],
    [
      'SELinux options are whole',
      { seLinuxOptions: { level: 's0' } },
      { seLinuxOptions: { type: 't' } },
      { seLinux: { user: '', role: '', type: '', level: 's0' } },
    ],
  ];
  it.each(cases)('%s', (_, own, ofPod, expected) => {
    expect(securityOf(own, ofPod)).toMatchObject(expected);
  });

  it('hides what upstream hides', () => {
    const { maskedPaths, readonlyPaths } = securityOf({});
    expect(maskedPaths).toContain('/proc/kcore');
    expect(readonlyPaths).toContain('/proc/sys');
  });

  it('names an AppArmor profile only where there is AppArmor', () => {
    const own = { appArmorProfile: local };
    expect(securityOf(own).appArmor).toBeUndefined();
    expect(securityOf(own, {}, { hasAppArmor: true }).appArmor).toEqual({
      type: 'Localhost',
      path: 'x',
    });
  });

  it.each<[string, Partial<Image> | null, object]>([
    ['of the image by number', { uid: 7 }, { runAsUser: 7 }],
    ['of the image by name', { username: 'www' }, { runAsUsername: 'www' }],
    ['root, where the image has none', {}, { runAsUser: 0 }],
  ])('a group alone goes with the user %s', (_, user, expected) => {
    const pod = podOf({ runAsGroup: 5 });
    expect(needsImageUser(pod, pod.spec.containers[0]!)).toBe(true);
    const security = securityOf({ runAsGroup: 5 }, {}, { image: user && image(user) });
    expect(security).toMatchObject({ ...expected, runAsGroup: 5 });
  });

  it('asks for the image where its user matters only', () => {
    const needs = (own: SecurityContext) => needsImageUser(podOf(own), { name: 'c', ...wrap(own) });
    const wrap = (securityContext: SecurityContext) => ({ securityContext });
    expect([{}, { runAsUser: 1, runAsGroup: 1 }, { runAsNonRoot: true }].map(needs)).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe('sandboxSecurity', () => {
  it('is privileged where a container is', () => {
    expect(sandboxSecurity(podOf({ privileged: true })).privileged).toBe(true);
    expect(sandboxSecurity(podOf({})).privileged).toBe(false);
    const debugged = podOf({});
    const ephemeral = { name: 'd', securityContext: { privileged: true } };
    debugged.spec.ephemeralContainers = [ephemeral];
    expect(sandboxSecurity(debugged).privileged).toBe(true);
  });

  it('has a group beside a user only, as runtimes demand', () => {
    const idsOf = (securityContext: PodSecurityContext) => {
      const { runAsUser, runAsGroup } = sandboxSecurity(podOf({}, securityContext));
      return [runAsUser, runAsGroup];
    };
    expect(idsOf({ runAsUser: 4, runAsGroup: 5 })).toEqual([4, 5]);
    expect(idsOf({ runAsUser: 4 })).toEqual([4, undefined]);
    expect(idsOf({ runAsGroup: 5 })).toEqual([undefined, undefined]);
  });
});

describe('verifyRunAsNonRoot', () => {
  const where = '(pod: "p_ns(u)", container: c)';
  it.each<[SecurityContext, Partial<Image>, string | null]>([
    [
      { runAsNonRoot: true, runAsUser: 0 },
      {},
      `container's runAsUser breaks non-root policy ${where}`,
    ],
    [{ runAsNonRoot: true }, {}, `container has runAsNonRoot and image will run as root ${where}`],
    [
      { runAsNonRoot: true },
      { username: 'www' },
      `container has runAsNonRoot and image has non-numeric user (www), cannot verify user is non-root ${where}`,
    ],
    [{ runAsNonRoot: true }, { uid: 1 }, null],
    [{ runAsNonRoot: true, runAsUser: 1 }, {}, null],
    [{ runAsNonRoot: false, runAsUser: 0 }, {}, null],
  ])('%j with image %j: %s', (own, user, expected) => {
    const pod = podOf(own, { runAsNonRoot: true });
    const verify = () => verifyRunAsNonRoot(pod, pod.spec.containers[0]!, image(user));
    if (expected === null) expect(verify).not.toThrow();
    else expect(verify).toThrow(expected);
  });
});
