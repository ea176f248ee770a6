import type { ContainerStatus, Pod } from '../../../generated/types.ts';
import { humanAge, humanDuration } from '../../human-duration.ts';
import type { Column } from '../../kind.ts';
import { fieldTexts } from '../field-texts.ts';
import { isConditionTrue, isSidecar, isTerminal } from './conditions.ts';

/** The columns of `kubectl get pods`, as upstream's printers declare them. */
export const podColumns: readonly Column[] = [
  { name: 'Name', type: 'string', format: 'name', description: fieldTexts.name, priority: 0 },
  column('Ready', 'The aggregate readiness state of this pod for accepting traffic.'),
  column('Status', 'The aggregate status of the containers in this pod.'),
  column(
    'Restarts',
    'The number of times the containers in this pod have been restarted and when the last ' +
      'container in this pod has restarted.',
  ),
  column('Age', fieldTexts.creationTimestamp),
  column(
    'IP',
    'podIP address allocated to the pod. Routable at least within the cluster. ' +
      'Empty if not yet allocated.',
    1,
  ),
  column(
    'Node',
    'NodeName indicates in which node this pod is scheduled. If empty, this pod is a candidate ' +
      'for scheduling by the scheduler defined in schedulerName. Once this field is set, the ' +
      'kubelet for this node becomes responsible for the lifecycle of this pod. This field ' +
      'should not be used to express a desire for the pod to be scheduled on a specific node. ' +
      'https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename',
    1,
  ),
  column(
    'Nominated Node',
    'nominatedNodeName is set only when this pod preempts other pods on the node, but it cannot ' +
      'be scheduled right away as preemption victims receive their graceful termination ' +
      'periods. This field does not guarantee that the pod will be scheduled on this node. ' +
      'Scheduler may decide to place the pod elsewhere if other nodes become available sooner. ' +
      'Scheduler may also decide to give the resources on this node to a higher priority pod ' +
      'that is created after preemption. As a result, this field may be different than ' +
      'PodSpec.nodeName when the pod is scheduled.',
    1,
  ),
  column(
    'Readiness Gates',
    'If specified, all readiness gates will be evaluated for pod readiness. A pod is ready when ' +
      'all its containers are ready AND all conditions specified in the readiness gates have ' +
      'status equal to "True" More info: ' +
      'https://git.k8s.io/enhancements/keps/sig-network/580-pod-readiness-gates',
    1,
  ),
];

function column(name: string, description: string, priority = 0): Column {
  return { name, type: 'string', description, priority };
}

/** The row of one pod: what upstream's printPod shows. `now` is epoch ms. */
export function podCells(pod: Pod, now: number): readonly string[] {
  const { ready, total, status, restarts, lastRestartMs } = summarize(pod);
  const restartText =
    restarts > 0 && lastRestartMs > 0
      ? `${restarts} (${humanDuration(now - lastRestartMs)} ago)`
      : `${restarts}`;
  return [
    pod.metadata.name ?? '',
    `${ready}/${total}`,
    status,
    restartText,
    humanAge(pod.metadata.creationTimestamp, now),
    pod.status?.podIPs?.[0]?.ip || '<none>',
    pod.spec.nodeName || '<none>',
    pod.status?.nominatedNodeName || '<none>',
    readinessGates(pod),
  ];
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const open = gates.filter((gate) => isConditionTrue(pod, gate.conditionType)).length;
  return `${open}/${gates.length}`;
}

/** What a row counts and says, as it is put together. */
interface Summary {
  ready: number;
  total: number;
  status: string;
  restarts: number;
  /** Epoch ms; 0 for never. */
  lastRestartMs: number;
}

function summarize(pod: Pod): Summary {
  const summary: Summary = {
    ready: 0,
    total: pod.spec.containers.length,
    status: firstStatus(pod),
    restarts: 0,
    lastRestartMs: 0,
  };
  const sidecars = new Set<string>();
  for (const container of pod.spec.initContainers ?? []) {
    if (isSidecar(container)) sidecars.add(container.name);
  }
  summary.total += sidecars.size;
  const initializing = summarizeInit(pod, sidecars, summary);
  if (!initializing || isConditionTrue(pod, 'Initialized')) {
    summarizeMain(pod, sidecars, summary);
  }
  if (pod.metadata.deletionTimestamp) {
    if (pod.status?.reason === 'NodeLost') summary.status = 'Unknown';
    else if (!isTerminal(pod)) summary.status = 'Terminating';
  }
  return summary;
}

function firstStatus(pod: Pod): string {
  const gated = pod.status?.conditions?.some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  );
  return gated ? 'SchedulingGated' : pod.status?.reason || pod.status?.phase || '';
}

function countRestarts(summary: Summary, status: ContainerStatus): void {
  summary.restarts += status.restartCount ?? 0;
  const finishedAt = status.lastState?.terminated?.finishedAt;
  if (!finishedAt) return;
  summary.lastRestartMs = Math.max(summary.lastRestartMs, Date.parse(finishedAt));
}

/** @returns whether an init container still stands before the others */
function summarizeInit(pod: Pod, sidecars: ReadonlySet<string>, summary: Summary): boolean {
  const statuses = pod.status?.initContainerStatuses ?? [];
  for (const [index, container] of statuses.entries()) {
    countRestarts(summary, container);
    const { terminated, waiting } = container.state ?? {};
    if (terminated !== undefined && (terminated.exitCode ?? 0) === 0) continue;
    if (sidecars.has(container.name) && container.started) {
      if (container.ready) summary.ready += 1;
      continue;
    }
    if (terminated !== undefined) {
      summary.status = `Init:${terminated.reason || exitText(terminated)}`;
    } else if (waiting?.reason && waiting.reason !== 'PodInitializing') {
      summary.status = `Init:${waiting.reason}`;
    } else {
      summary.status = `Init:${index}/${pod.spec.initContainers?.length ?? 0}`;
    }
    return true;
  }
  return false;
}

/** Init containers that are through count no more: restarts start anew from the sidecars'. */
function summarizeMain(pod: Pod, sidecars: ReadonlySet<string>, summary: Summary): void {
  summary.restarts = 0;
  summary.lastRestartMs = 0;
  for (const container of pod.status?.initContainerStatuses ?? []) {
    if (sidecars.has(container.name)) countRestarts(summary, container);
  }
  let running = false;
  for (const container of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    countRestarts(summary, container);
    const { waiting, terminated, running: isRunning } = container.state ?? {};
    if (waiting?.reason) summary.status = waiting.reason;
    else if (terminated !== undefined) {
      summary.status = terminated.reason || exitText(terminated);
    } else if (container.ready && isRunning !== undefined) {
      running = true;
      summary.ready += 1;
    }
  }
  if (summary.status === 'Completed' && running) {
    summary.status = isConditionTrue(pod, 'Ready') ? 'Running' : 'NotReady';
  }
}

function exitText({ signal, exitCode }: { signal?: number; exitCode?: number }): string {
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode ?? 0}`;
}
