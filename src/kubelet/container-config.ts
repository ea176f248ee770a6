import type { Container, Pod } from '../generated/types.ts';
import { containerHash, HASH_ANNOTATION } from './container-hash.ts';
import { expand } from './expand.ts';
import { linuxResources, type NodeLimits } from './linux-resources.ts';
import { identityOf } from './pod-identity.ts';
import { checkRecursiveReadOnly, isRecursiveReadOnly } from './recursive-read-only.ts';
import {
  CONTAINER_NAME_LABEL,
  type ContainerConfig,
  type HandlerFeatures,
  type IdRange,
  type Mount,
  POD_GRACE_ANNOTATION,
  POD_NAME_LABEL,
  POD_NAMESPACE_LABEL,
  POD_UID_LABEL,
} from './runtime.ts';
import {
  MESSAGE_FILE_ANNOTATION,
  MESSAGE_POLICY_ANNOTATION,
  RESTART_COUNT_ANNOTATION,
} from './runtime-state.ts';
import { containerSecurity, namespaceOptions, type SecurityParts } from './security-context.ts';
import { StartError } from './start-error.ts';
import type { MountedVolume } from './volumes/volume-type.ts';

const PROPAGATION = {
  None: 'private',
  HostToContainer: 'hostToContainer',
  Bidirectional: 'bidirectional',
} as const;

/** What goes into a container besides its spec. */
export interface ContainerParts extends SecurityParts {
  readonly attempt: number;
  readonly imageId: string;
  readonly env: ReadonlyMap<string, string>;
  /** The pod's volumes on the node, by name. */
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  /** Paths on the node of parts of volumes, by the place of their mount. */
  readonly subPaths: ReadonlyMap<number, string>;
  /** Path of the pod's /etc/hosts on the node; '' leaves the image's own. */
  readonly hostsFile: string;
  readonly messageFile: string;
  readonly node: NodeLimits;
  readonly features: HandlerFeatures;
  /** Of the container whose processes it shall see; absent for none. */
  readonly targetId?: string;
  /** Of the pod's own users; absent for those of the node. */
  readonly users?: IdRange;
}

/** What the runtime is told to make a container. */
export function containerConfig(
  pod: Pod,
  container: Container,
  parts: ContainerParts,
): ContainerConfig {
  const { uid, name, namespace } = identityOf(pod);
  const expandAll = (words: readonly string[] = []) =>
    words.map((word) => expand(word, (variable) => parts.env.get(variable)));
  return {
    name: container.name,
    attempt: parts.attempt,
    imageId: parts.imageId,
    command: expandAll(container.command),
    args: expandAll(container.args),
    workingDir: container.workingDir ?? '',
    env: [...parts.env].map(([variable, value]) => ({ name: variable, value })),
    mounts: mounts(container, parts),
    labels: {
      [POD_NAME_LABEL]: name,
      [POD_NAMESPACE_LABEL]: namespace,
      [POD_UID_LABEL]: uid,
      [CONTAINER_NAME_LABEL]: container.name,
    },
    annotations: {
      [HASH_ANNOTATION]: containerHash(container),
      [RESTART_COUNT_ANNOTATION]: String(parts.attempt),
      [MESSAGE_FILE_ANNOTATION]: parts.messageFile,
      [MESSAGE_POLICY_ANNOTATION]: container.terminationMessagePolicy ?? 'File',
      [POD_GRACE_ANNOTATION]: String(pod.spec.terminationGracePeriodSeconds ?? 30),
    },
    logPath: `${container.name}/${parts.attempt}.log`,
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    resources: linuxResources(pod, container, parts.node),
    namespaces: namespaceOptions(pod, parts.targetId, parts.users),
    security: containerSecurity(pod, container, parts),
  };
}

function mounts(container: Container, parts: ContainerParts): Mount[] {
  const result: Mount[] = (container.volumeMounts ?? []).map((mount, index) => {
    const volume = parts.volumes.get(mount.name);
    if (volume === undefined) {
      throw new StartError(
        'CreateContainerConfigError',
        `volume "${mount.name}" of container "${container.name}" is not mounted`,
      );
    }
    const { recursiveReadOnlyMounts: isSupported } = parts.features;
    checkRecursiveReadOnly(mount, isSupported);
    return {
      hostPath: parts.subPaths.get(index) ?? volume.path,
      containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
      readOnly: mount.readOnly || volume.readOnly === true,
      recursiveReadOnly: isRecursiveReadOnly(mount, isSupported),
      propagation: PROPAGATION[(mount.mountPropagation ?? 'None') as keyof typeof PROPAGATION],
    };
  });
  const isTaken = (path: string) => result.some((mount) => mount.containerPath === path);
  if (parts.hostsFile !== '' && !isTaken('/etc/hosts')) {
    result.push(file(parts.hostsFile, '/etc/hosts'));
  }
  if (parts.messageFile !== '') {
    result.push(
      file(parts.messageFile, container.terminationMessagePath ?? '/dev/termination-log'),
    );
  }
  return result;
}

function file(hostPath: string, containerPath: string): Mount {
  return { hostPath, containerPath, readOnly: false, propagation: 'private' };
}
