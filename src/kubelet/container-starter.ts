import type { Container, Pod } from '../generated/types.ts';
import { containerConfig } from './container-config.ts';
import { containerEnv } from './container-env.ts';
import { type ContainerEvents, containerEvents } from './container-events.ts';
import { runHook } from './hooks.ts';
import { hostNetworkHostsFile, podHostsFile } from './hosts-file.ts';
import { withDefaultTag } from './image-puller.ts';
import type { NodeContext } from './node-context.ts';
import type { Action } from './plan.ts';
import { debugContainers, identityOf } from './pod-identity.ts';
import type { SandboxConfig, SandboxStatus } from './runtime.ts';
import { newestOf } from './runtime-state.ts';
import { needsImageUser, verifyRunAsNonRoot } from './security-context.ts';
import { serviceEnv } from './service-env.ts';
import { StartError } from './start-error.ts';
import type { StartPlace } from './start-gate.ts';
import { subPaths } from './volumes/sub-paths.ts';
import type { MountedVolume } from './volumes/volume-type.ts';

/** The node's own hosts file is read up to this. */
const HOSTS_BYTES_MAX = 65_536;

type StartAction = Extract<Action, { type: 'startContainer' }>;

/** What a start needs to know of the pod at that moment. */
export interface PodPlace {
  readonly sandbox: SandboxStatus;
  readonly sandboxConfig: SandboxConfig;
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  /** Left once the container runs: a hook may take long. */
  readonly turn: StartPlace;
  /** Called when all that the container's configuration names is there, before it is made. */
  onConfigured(): void;
  /** Begins to end a container whose hook has failed. */
  kill(id: string, event: string): void;
}

/**
 * Creates and starts one container of a pod, with upstream's events, and runs its postStart hook.
 *
 * @param signal aborts when the pod shall end: then the hook is not waited for
 * @throws StartError with what its status shall say
 */
export async function startContainer(
  node: NodeContext,
  pod: Pod,
  action: StartAction,
  place: PodPlace,
  signal: AbortSignal,
): Promise<void> {
  const { container } = action;
  const events = containerEvents(node.recorder, pod, container.name);
  try {
    const id = await create(node, pod, action, place);
    events.record('Normal', 'Created', `Created container: ${container.name}`);
    await run(node, pod, container, id, events, place, signal);
  } catch (error) {
    if (error instanceof StartError && error.reason !== 'PostStartHookError') {
      events.record('Warning', 'Failed', `Error: ${error.message}`);
    }
    throw error;
  }
}

async function create(
  node: NodeContext,
  pod: Pod,
  action: StartAction,
  place: PodPlace,
): Promise<string> {
  const { container, attempt, imageId, sandboxId } = action;
  const image = needsImageUser(pod, container)
    ? await node.runtime.imageStatus(withDefaultTag(container.image ?? '') ?? '')
    : null;
  verifyRunAsNonRoot(pod, container, image);
  const podIps = pod.spec.hostNetwork ? node.hostIps : place.sandbox.ips;
  const env = await containerEnv(
    pod,
    container,
    { podIps, hostIps: node.hostIps, nodeName: node.nodeName, allocatable: node.allocatable },
    serviceEnv(node.services(), pod.metadata.namespace ?? '', pod.spec.enableServiceLinks ?? true),
    node.config,
  );
  const { cgroups, files, machine } = node.edges;
  const uid = pod.metadata.uid ?? '';
  const hostsFile = await files.writeFile(uid, 'etc-hosts', await hostsText(node, pod, podIps));
  const messageFile = await files.terminationMessage(uid, container.name, attempt);
  const config = containerConfig(pod, container, {
    attempt,
    imageId,
    env,
    volumes: place.volumes,
    subPaths: await subPaths(node.edges.paths, pod, container, env, place.volumes),
    hostsFile,
    messageFile,
    node: { memoryBytes: machine.memoryBytes, isUnified: cgroups.isUnified },
    features: node.features,
    image,
    hasAppArmor: machine.modules.appArmor,
    targetId: targetIdOf(node, pod, container.name),
    users: place.sandboxConfig.namespaces.users,
  });
  place.onConfigured();
  try {
    const id = await node.runtime.createContainer(sandboxId, config, place.sandboxConfig);
    node.cache.expectStart(identityOf(pod), id);
    return id;
  } catch (error) {
    throw new StartError('CreateContainerError', statusText(error));
  }
}

/**
 * The container whose processes an ephemeral container asks to see; '' when it asks for none.
 *
 * @throws StartError when that one was never started
 */
function targetIdOf(node: NodeContext, pod: Pod, name: string): string {
  const target = debugContainers(pod).find((each) => each.name === name)?.targetContainerName;
  if (!target) return '';
  const found = newestOf(node.cache.get(pod.metadata.uid ?? ''), target);
  if (found !== undefined) return found.id;
  const message = `unable to find target container ${target}`;
  throw new StartError('CreateContainerConfigError', message);
}

async function run(
  node: NodeContext,
  pod: Pod,
  container: Container,
  id: string,
  events: ContainerEvents,
  place: PodPlace,
  signal: AbortSignal,
): Promise<void> {
  try {
    await node.runtime.startContainer(id);
  } catch (error) {
    await node.cache.refresh(id);
    throw new StartError('RunContainerError', statusText(error));
  }
  events.record('Normal', 'Started', `Started container ${container.name}`);
  await node.cache.refresh(id);
  place.turn.leave();
  const hook = container.lifecycle?.postStart;
  if (hook === undefined) return;
  const podIp = place.sandbox.ips[0] ?? node.hostIps[0] ?? '';
  try {
    await runHook(node, { pod, container, containerId: id, podIp }, hook, signal);
  } catch (error) {
    // What a hook answers may be secret: events are read by more people than the pod's status.
    events.record('Warning', 'FailedPostStartHook', 'PostStartHook failed');
    place.kill(id, 'FailedPostStartHook');
    throw new StartError('PostStartHookError', textOf(error));
  }
}

async function hostsText(node: NodeContext, pod: Pod, podIps: readonly string[]): Promise<string> {
  if (!pod.spec.hostNetwork) return podHostsFile(pod, podIps, node.dns.clusterDomain);
  const own = await node.edges.files.readTail('/etc/hosts', HOSTS_BYTES_MAX);
  return hostNetworkHostsFile(pod, own);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Upstream shows the message of the runtime's status here, not its code. */
function statusText(error: unknown): string {
  return textOf(error).replace(/^rpc error: code = \w+ desc = /, '');
}
