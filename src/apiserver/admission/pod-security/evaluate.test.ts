import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../generated/types.ts';
import { detailsText, evaluatePod } from './evaluate.ts';
import type { LevelVersion } from './policy.ts';

const baseline: LevelVersion = { level: 'baseline', version: 'latest' };
const restricted: LevelVersion = { level: 'restricted', version: 'latest' };

/** A container that the restricted policy lets run, changed by `own`. */
function container(own: object = {}, name = 'a'): object {
  const securityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    ...own,
  };
  return { name, image: 'i', securityContext };
}

/** A pod that the restricted policy lets run, changed by `context` and `spec`. */
function pod(context: object = {}, spec: object = {}, annotations = {}): Pod {
  const securityContext = {
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
    ...context,
  };
  const merged = { securityContext, containers: [container()], ...spec };
  return { metadata: { name: 'p', annotations }, spec: merged } as unknown as Pod;
}

function verdict(policy: LevelVersion, judged: Pod): string {
  return detailsText(evaluatePod(policy, judged));
}

const withContainers = (...containers: object[]) => pod({}, { containers });
const withVolumes = (...volumes: object[]) => pod({}, { volumes });

describe('what the baseline policy forbids', () => {
  it.each<[string, Pod, string]>([
    [
      'host processes of Windows',
      pod(
        { windowsOptions: { hostProcess: true } },
        { containers: [container({ windowsOptions: { hostProcess: true } })] },
      ),
      'hostProcess (pod and container "a" must not set securityContext.windowsOptions.hostProcess=true)',
    ],
    [
      "the host's namespaces",
      pod({}, { hostNetwork: true, hostPID: true, hostIPC: true }),
      'host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)',
    ],
    [
      'privileged containers',
      pod(
        {},
        {
          containers: [container({ privileged: true })],
          initContainers: [container({ privileged: true }, 'init')],
          ephemeralContainers: [container({ privileged: true }, 'debug')],
        },
      ),
      'privileged (containers "init", "a", "debug" must not set securityContext.privileged=true)',
    ],
    [
      'added capabilities',
      withContainers(container({ capabilities: { add: ['SYS_TIME', 'CHOWN', 'NET_RAW'] } })),
      'non-default capabilities (container "a" must not include "NET_RAW", "SYS_TIME" in securityContext.capabilities.add)',
    ],
    [
      'hostPath volumes',
      withVolumes(
        { name: 'x', hostPath: { path: '/' } },
        { name: 'y', hostPath: { path: '/' } },
        { name: 'z', emptyDir: {} },
      ),
      'hostPath volumes (volumes "x", "y")',
    ],
    [
      'host ports',
      withContainers({
        ...container(),
        ports: [
          { containerPort: 1, hostPort: 443 },
          { containerPort: 2, hostPort: 80 },
        ],
      }),
      'hostPort (container "a" uses hostPorts 443, 80)',
    ],
    [
      'hosts in probes and hooks',
      withContainers(
        { ...container(), livenessProbe: { httpGet: { port: 1, host: '8.8.8.8' } } },
        {
          ...container({}, 'b'),
          lifecycle: { preStop: { tcpSocket: { port: 1, host: '1.1.1.1' } } },
        },
      ),
      'probe or lifecycle host (containers "a", "b" use probe or lifecycle hosts "1.1.1.1", "8.8.8.8")',
    ],
    [
      'AppArmor switched off by fields',
      pod(
        { appArmorProfile: { type: 'Unconfined' } },
        { containers: [container({ appArmorProfile: { type: 'Unconfined' } })] },
      ),
      'forbidden AppArmor profile (pod and container "a" must not set AppArmor profile type to "Unconfined")',
    ],
    [
      'AppArmor switched off by annotations',
      pod(
        {},
        {},
        {
          'container.apparmor.security.beta.kubernetes.io/a': 'unconfined',
          'container.apparmor.security.beta.kubernetes.io/b': 'runtime/default',
          'container.apparmor.security.beta.kubernetes.io/c': 'localhost/x',
          'container.apparmor.security.beta.kubernetes.io/d': 'bogus',
        },
      ),
      'forbidden AppArmor profiles (annotations must not set AppArmor profile type to ' +
        '"container.apparmor.security.beta.kubernetes.io/a="unconfined"", ' +
        '"container.apparmor.security.beta.kubernetes.io/d="bogus"")',
    ],
    [
      'SELinux types, users and roles',
      pod(
        { seLinuxOptions: { type: 'spc_t', user: 'u' } },
        { containers: [container({ seLinuxOptions: { type: 'container_t', role: 'r' } })] },
      ),
      'seLinuxOptions (pod and container "a" set forbidden securityContext.seLinuxOptions: ' +
        'type "spc_t"; user may not be set; role may not be set)',
    ],
    [
      'an unmasked /proc',
      withContainers(container({ procMount: 'Unmasked' })),
      'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    ],
    [
      'seccomp switched off',
      pod(
        { seccompProfile: { type: 'Unconfined' } },
        { containers: [container({ seccompProfile: { type: 'Unconfined' } })] },
      ),
      'seccompProfile (pod and container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      'sysctls of the whole node',
      pod({
        sysctls: [
          { name: 'kernel.msgmax', value: '1' },
          { name: 'net.ipv4.tcp_rmem', value: '1' },
        ],
      }),
      'forbidden sysctls (kernel.msgmax)',
    ],
  ])('%s', (_, judged, expected) => {
    expect(verdict(baseline, judged)).toBe(expected);
    expect(verdict(restricted, judged)).not.toBe('');
    expect(verdict({ level: 'privileged', version: 'latest' }, judged)).toBe('');
  });

  it('and what it allows', () => {
    const allowed = pod(
      {
        appArmorProfile: { type: 'Localhost', localhostProfile: 'x' },
        seLinuxOptions: { type: 'container_engine_t', level: 's0' },
        runAsNonRoot: false,
        runAsUser: 0,
        sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }],
      },
      {
        containers: [
          container({
            capabilities: { add: ['CHOWN', 'MKNOD'] },
            procMount: 'Default',
            allowPrivilegeEscalation: true,
          }),
        ],
        volumes: [{ name: 'n', nfs: { server: 's', path: '/' } }],
      },
    );
    expect(verdict(baseline, allowed)).toBe('');
  });
});

describe('what the restricted policy forbids besides', () => {
  it.each<[string, Pod, string]>([
    [
      'all that a plain pod leaves open',
      {
        metadata: { name: 'p' },
        spec: { containers: [{ name: 'a' }, { name: 'b' }] },
      } as unknown as Pod,
      'allowPrivilegeEscalation != false (containers "a", "b" must set securityContext.allowPrivilegeEscalation=false), ' +
        'unrestricted capabilities (containers "a", "b" must set securityContext.capabilities.drop=["ALL"]), ' +
        'runAsNonRoot != true (pod or containers "a", "b" must set securityContext.runAsNonRoot=true), ' +
        'seccompProfile (pod or containers "a", "b" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ],
    [
      'capabilities but one',
      withContainers(
        container({ capabilities: { drop: ['CHOWN'] } }),
        container({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE', 'CHOWN'] } }, 'b'),
      ),
      'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]; ' +
        'container "b" must not include "CHOWN" in securityContext.capabilities.add)',
    ],
    [
      'other volumes',
      withVolumes(
        { name: 'n', nfs: { server: 's', path: '/' } },
        { name: 'h', hostPath: { path: '/' } },
        { name: 'c', configMap: { name: 'm' } },
        { name: 'p', persistentVolumeClaim: { claimName: 'm' } },
      ),
      'restricted volume types (volumes "n", "h" use restricted volume types "hostPath", "nfs")',
    ],
    [
      'running as root by permission',
      pod({ runAsNonRoot: false }, { containers: [container({ runAsNonRoot: true })] }),
      'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)',
    ],
    [
      'running as root by order',
      pod({ runAsUser: 0 }, { containers: [container({ runAsUser: 0 })] }),
      'runAsUser=0 (pod and container "a" must not set runAsUser=0)',
    ],
    [
      'containers without a seccomp profile',
      pod(
        { seccompProfile: undefined },
        {
          containers: [
            container({ seccompProfile: { type: 'Localhost', localhostProfile: 'x' } }),
            container({}, 'b'),
          ],
        },
      ),
      'seccompProfile (pod or container "b" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ],
  ])('%s', (_, judged, expected) => {
    expect(verdict(restricted, judged)).toBe(expected);
    expect(verdict(baseline, judged)).not.toContain('restricted');
  });

  it('and what it allows', () => {
    expect(verdict(restricted, pod())).toBe('');
    expect(verdict(restricted, pod({ runAsUser: 1000, fsGroup: 1 }))).toBe('');
  });

  it('but of Windows not what it lacks', () => {
    const windows = pod(
      { seccompProfile: undefined },
      { os: { name: 'windows' }, containers: [{ name: 'a' }] },
    );
    expect(verdict(restricted, windows)).toBe('');
    expect(verdict({ level: 'restricted', version: 24 }, windows)).toContain('seccompProfile');
  });
});

describe('versions of the policies', () => {
  const sysctl = (name: string) => pod({ sysctls: [{ name, value: '1' }] });
  const host = withContainers({
    ...container(),
    livenessProbe: { tcpSocket: { port: 1, host: 'h' } },
  });
  const annotated = pod({}, {}, { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' });
  const engine = pod({ seLinuxOptions: { type: 'container_engine_t' } });
  const root = pod({ runAsUser: 0 });
  const seccomp = pod({ seccompProfile: undefined });

  it.each<[string, LevelVersion['level'], Pod, number, number]>([
    ['hosts in probes', 'baseline', host, 33, 34],
    ['running as root', 'restricted', root, 22, 23],
    ['seccomp profiles', 'restricted', seccomp, 18, 19],
  ])('%s are judged since', (_, level, judged, before, since) => {
    expect(verdict({ level, version: before }, judged)).toBe('');
    expect(verdict({ level, version: since }, judged)).not.toBe('');
    // Versions to come are judged by what is known.
    expect(verdict({ level, version: 99 }, judged)).not.toBe('');
  });

  it.each<[string, Pod, number, number]>([
    ['container_engine_t', engine, 30, 31],
    ['seccomp annotations', annotated, 18, 19],
    ['ip_local_reserved_ports', sysctl('net.ipv4.ip_local_reserved_ports'), 26, 27],
    ['tcp_keepalive_time', sysctl('net.ipv4.tcp_keepalive_time'), 28, 29],
    ['tcp_wmem', sysctl('net.ipv4.tcp_wmem'), 31, 32],
  ])('%s is no longer forbidden', (_, judged, before, since) => {
    expect(verdict({ level: 'baseline', version: before }, judged)).not.toBe('');
    expect(verdict({ level: 'baseline', version: since }, judged)).toBe('');
  });
});
