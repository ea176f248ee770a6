import { join } from 'node:path';
import type { ContainerConfig, SandboxConfig } from '../../src/kubelet/runtime.ts';

const NAMESPACES = { network: 'pod', pid: 'container', ipc: 'pod' } as const;
const SECCOMP = { type: 'RuntimeDefault', path: '' } as const;

let count = 0;

/** A sandbox of a pod of its own, with its logs below `home`. */
export function newSandboxConfig(
  home: string,
  cgroupRoot: string,
  more: Partial<SandboxConfig> = {},
): SandboxConfig {
  const uid = `uid-${process.pid}-${++count}`;
  return {
    name: `pod-${count}`,
    namespace: 'default',
    uid,
    attempt: 0,
    hostname: `pod-${count}`,
    logDirectory: join(home, 'logs', 'pods', uid),
    dns: { servers: ['10.43.0.10'], searches: ['svc.cluster.local'], options: ['ndots:5'] },
    portMappings: [],
    labels: { app: 'test' },
    annotations: { note: 'kept' },
    cgroupParent: `${cgroupRoot}/besteffort/pod${uid}`,
    namespaces: NAMESPACES,
    security: { supplementalGroups: [], privileged: false, seccomp: SECCOMP },
    sysctls: {},
    ...more,
  };
}

/** A container `main` that runs `command`. */
export function newContainerConfig(
  imageId: string,
  command: readonly string[],
  more: Partial<ContainerConfig> = {},
): ContainerConfig {
  return {
    name: 'main',
    attempt: 0,
    imageId,
    command,
    args: [],
    workingDir: '',
    env: [{ name: 'GREETING', value: 'hello' }],
    mounts: [],
    labels: {},
    annotations: {},
    logPath: 'main/0.log',
    stdin: false,
    stdinOnce: false,
    tty: false,
    resources: { cpuShares: 2, oomScoreAdj: 1000 },
    namespaces: NAMESPACES,
    security: {
      supplementalGroups: [],
      privileged: false,
      readOnlyRootFilesystem: false,
      noNewPrivileges: false,
      addCapabilities: [],
      dropCapabilities: [],
      seccomp: SECCOMP,
    },
    ...more,
  };
}
