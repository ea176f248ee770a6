import type { Pod, Taint } from '../generated/types.ts';
import { isNodeSelected } from '../objects/core/node-selector-term.ts';
import { isTerminal } from '../objects/core/pod/conditions.ts';
import { hostPorts, PortTable } from '../objects/core/pod/host-ports.ts';
import { podRequests } from '../objects/core/pod/resources.ts';
import { untolerated } from '../objects/core/taint-toleration.ts';
import { parseQuantity, type Quantity } from '../objects/quantity.ts';
import { admitUnderPressure } from './eviction/admit-under-pressure.ts';
import type { PressureCondition } from './eviction/pressure.ts';
import { appArmorRefusal, type SecurityModules } from './host-security.ts';
import { isStaticPod } from './pod-identity.ts';
import { forbiddenSysctl } from './sysctls.ts';

/** What a node offers to pods. */
export interface NodeOffer {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Quantities by resource. */
  readonly allocatable: Readonly<Record<string, string>>;
  /** `linux`. */
  readonly operatingSystem: string;
  readonly modules: SecurityModules;
  /** Whether the runtime can leave out groups that an image gives. */
  readonly supplementalGroupsPolicy: boolean;
}

interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/**
 * Why a pod that was bound to this node may not run here: upstream's lifecycle admission. Null when
 * it may; a pod that had been admitted before is not judged again.
 */
export function admitPod(
  pod: Pod,
  others: readonly Pod[],
  node: NodeOffer,
  pressure: ReadonlySet<PressureCondition>,
): Refusal | null {
  if (pod.status?.startTime !== undefined || pod.metadata.deletionTimestamp !== undefined)
    return null;
  const unfit = refuseSystem(pod, node) ?? refuseSecurity(pod, node) ?? refuseClaims(pod);
  if (unfit !== null) return unfit;
  const pressed = admitUnderPressure(pod, pressure);
  if (pressed !== null) return pressed;
  const active = others.filter((other) => !isTerminal(other));
  return (
    refuseResources(pod, active, node) ??
    refuseAffinity(pod, node) ??
    refusePorts(pod, active) ??
    refuseTainted(pod, node)
  );
}

const OS_LABEL = 'kubernetes.io/os';

function refuseSystem({ spec }: Pod, { labels, operatingSystem }: NodeOffer): Refusal | null {
  const asked = spec.nodeSelector?.[OS_LABEL];
  if (asked !== undefined && asked !== labels[OS_LABEL]) {
    const message = `Failed to admit pod as the \`${OS_LABEL}\` label doesn't match node label`;
    return { reason: 'PodOSSelectorNodeLabelDoesNotMatch', message };
  }
  if (spec.os === undefined || spec.os.name === operatingSystem) return null;
  const message = "Failed to admit pod as the OS field doesn't match node OS";
  return { reason: 'PodOSNotSupported', message };
}

function refuseResources(pod: Pod, active: readonly Pod[], node: NodeOffer): Refusal | null {
  const podsMax = Number(node.allocatable.pods ?? '0');
  if (active.length + 1 > podsMax) {
    return { reason: 'OutOfpods', message: outOf('pods', 1, active.length, podsMax) };
  }
  for (const [resource, requested] of podRequests(pod.spec)) {
    if (requested.nanos === 0n) continue;
    const used = active.reduce((sum, other) => sum + nanosOf(other, resource), 0n);
    const capacity = parseQuantity(node.allocatable[resource] ?? '0').nanos;
    if (used + requested.nanos <= capacity) continue;
    const shown = [requested.nanos, used, capacity].map((nanos) => amount(resource, nanos));
    const [asked = 0, taken = 0, all = 0] = shown;
    return { reason: `OutOf${resource}`, message: outOf(resource, asked, taken, all) };
  }
  return null;
}

/** What a pod's security context asks for and this node does not give. */
function refuseSecurity(pod: Pod, node: NodeOffer): Refusal | null {
  const sysctl = forbiddenSysctl(pod);
  if (sysctl !== null) {
    return { reason: 'SysctlForbidden', message: `forbidden sysctl: ${sysctl}` };
  }
  const appArmor = appArmorRefusal(pod, node.modules);
  if (appArmor !== null) return { reason: 'AppArmor', message: appArmor };
  const policy = pod.spec.securityContext?.supplementalGroupsPolicy;
  if (policy !== 'Strict' || node.supplementalGroupsPolicy) return null;
  const message = `SupplementalGroupsPolicy=${policy} is not supported in this node`;
  return { reason: 'SupplementalGroupsPolicyNotSupported', message };
}

/** A container that counts on a device must not run without it. */
function refuseClaims({ spec }: Pod): Refusal | null {
  if ((spec.resourceClaims ?? []).length === 0) return null;
  const message = 'resource claims are not supported by this node';
  return { reason: 'UnexpectedAdmissionError', message };
}

function refuseAffinity(pod: Pod, { name, labels }: NodeOffer): Refusal | null {
  const metadata = { name, labels: { ...labels } };
  if (isNodeSelected(pod, { apiVersion: 'v1', kind: 'Node', metadata, spec: {} })) return null;
  return predicate('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
}

function refusePorts(pod: Pod, active: readonly Pod[]): Refusal | null {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return null;
  const table = new PortTable();
  for (const other of active) table.add(hostPorts(other));
  if (!wanted.some((port) => table.conflicts(port))) return null;
  return predicate('NodePorts', "node(s) didn't have free ports for the requested pod ports");
}

/** A pod that would be evicted for a taint does not begin. Nothing drives static pods away. */
function refuseTainted(pod: Pod, { taints }: NodeOffer): Refusal | null {
  if (isStaticPod(pod)) return null;
  if (untolerated(taints, pod.spec.tolerations, ['NoExecute']) === undefined) return null;
  return predicate('TaintToleration', "node(s) had taints that the pod didn't tolerate");
}

function predicate(name: string, why: string): Refusal {
  return { reason: name, message: `Predicate ${name} failed: ${why}` };
}

function outOf(resource: string, requested: number, used: number, capacity: number): string {
  return (
    `Node didn't have enough resource: ${resource}, ` +
    `requested: ${requested}, used: ${used}, capacity: ${capacity}`
  );
}

function nanosOf(pod: Pod, resource: string): bigint {
  const quantity: Quantity | undefined = podRequests(pod.spec).get(resource);
  return quantity?.nanos ?? 0n;
}

/** Upstream counts CPUs in thousandths and all else in whole units. */
function amount(resource: string, nanos: bigint): number {
  return Number(resource === 'cpu' ? nanos / 1_000_000n : nanos / 1_000_000_000n);
}
