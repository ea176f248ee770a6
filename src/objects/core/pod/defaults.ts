import type {
  Container,
  LifecycleHandler,
  Pod,
  PodSpec,
  PodStatus,
  Probe,
} from '../../../generated/types.ts';
import type { AnyContainer } from './any-container.ts';
import { defaultFieldRef, defaultResourceFieldRef, defaultVolume } from './defaults-volumes.ts';
import { defaultPullPolicy } from './image-name.ts';
import { normalizePodResources, normalizeQuantities } from './resource-list.ts';
import { defaultPodLevelResources } from './resources.ts';

/**
 * Fills in all that upstream fills in for a Pod: its spec's defaults and those that a pod template
 * does not get (requests from limits, host ports of the host's network). Writes only what changes,
 * for parts of the pod may be frozen ones of a stored pod.
 */
export function defaultPod(pod: Pod): void {
  pod.spec ??= { containers: [] };
  const { spec } = pod;
  defaultPodSpec(spec);
  for (const container of spec.containers) defaultRequests(container);
  for (const container of spec.initContainers ?? []) defaultRequests(container);
  defaultPodLevelResources(spec);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork) {
    defaultHostPorts(spec.containers);
    defaultHostPorts(spec.initContainers ?? []);
  }
  if (pod.status) defaultPodStatus(pod.status);
}

/** Fills in the spec of a pod or of a pod template. */
export function defaultPodSpec(spec: PodSpec): void {
  spec.containers ??= [];
  spec.restartPolicy ||= 'Always';
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.schedulerName ||= 'default-scheduler';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.securityContext ??= {};
  mirrorServiceAccount(spec);
  for (const container of spec.containers) defaultContainer(container);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  normalizePodResources(spec);
}

/** `serviceAccount` is an old name of `serviceAccountName`: both always say the same. */
export function mirrorServiceAccount(spec: PodSpec): void {
  const name = spec.serviceAccountName || spec.serviceAccount;
  if (!name) return;
  if (spec.serviceAccountName !== name) spec.serviceAccountName = name;
  if (spec.serviceAccount !== name) spec.serviceAccount = name;
}

/** Fills in what the v1 API derives: `podIPs` from an old client's `podIP`, and the reverse. */
function defaultPodStatus(status: PodStatus): void {
  const { podIP, podIPs } = status;
  const first = podIPs?.[0]?.ip;
  if (podIP && first !== podIP) status.podIPs = [{ ip: podIP }];
  else if (first && podIP !== first) status.podIP = first;
}

function defaultContainer(container: AnyContainer): void {
  container.imagePullPolicy ||= defaultPullPolicy(container.image ?? '');
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  container.resources ??= {};
  normalizeQuantities(container.resources.limits);
  normalizeQuantities(container.resources.requests);
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom === undefined) continue;
    defaultFieldRef(valueFrom.fieldRef);
    defaultResourceFieldRef(valueFrom.resourceFieldRef);
  }
  if (container.livenessProbe) defaultProbe(container.livenessProbe);
  if (container.readinessProbe) defaultProbe(container.readinessProbe);
  if (container.startupProbe) defaultProbe(container.startupProbe);
  if (container.lifecycle?.postStart) defaultHandler(container.lifecycle.postStart);
  if (container.lifecycle?.preStop) defaultHandler(container.lifecycle.preStop);
}

function defaultProbe(probe: Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  defaultHandler(probe);
  if (probe.grpc) probe.grpc.service ??= '';
}

function defaultHandler({ httpGet }: Pick<LifecycleHandler, 'httpGet'>): void {
  if (httpGet === undefined) return;
  httpGet.path ||= '/';
  httpGet.scheme ||= 'HTTP';
}

/** A container with a limit but no request asks for as much as it may use. */
function defaultRequests({ resources }: Container): void {
  const { limits, requests } = resources ?? {};
  for (const name in limits) {
    if (requests?.[name] !== undefined) continue;
    resources!.requests = { ...limits, ...requests };
    return;
  }
}

function defaultHostPorts(containers: readonly Container[]): void {
  for (const container of containers) {
    for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  }
}
