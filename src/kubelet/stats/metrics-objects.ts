import { formatTime } from '../../base/clock.ts';
import {
  METRICS_GROUP,
  METRICS_VERSION,
  type NodeMetrics,
  type PodMetrics,
  type Usage,
} from '../../objects/metrics/metrics-kind.ts';
import { formatQuantity } from '../../objects/quantity.ts';
import { goDuration } from '../go-duration.ts';
import type { ContainerSample, Sample } from './sample.ts';

const NANO = 1_000_000_000n;
const MS_PER_SECOND = 1000;

/** Two samples, the later one second: what was used between them is an average over that time. */
export interface Window {
  readonly from: Sample;
  readonly to: Sample;
}

/** The node's NodeMetrics. Pure. */
export function nodeMetrics(
  { from, to }: Window,
  node: { readonly name: string; readonly labels: Readonly<Record<string, string>> },
): NodeMetrics {
  const ms = to.monotonicMs - from.monotonicMs;
  return {
    ...head('NodeMetrics', to, ms),
    metadata: {
      name: node.name,
      labels: { ...node.labels },
      creationTimestamp: formatTime(to.at),
    },
    usage: usageOf(to.node.cpuNanos - from.node.cpuNanos, ms, to.node.workingSetBytes),
  };
}

/** The PodMetrics of all pods whose containers run. Pure. */
export function podMetrics({ from, to }: Window): PodMetrics[] {
  const before = new Map(
    from.pods.flatMap(({ containers }) => containers.map((sample) => [sample.id, sample] as const)),
  );
  const windowMs = to.monotonicMs - from.monotonicMs;
  return to.pods
    .filter(({ containers }) => containers.length > 0)
    .map(({ pod, containers }) => {
      const { name, namespace, labels } = pod.metadata;
      return {
        ...head('PodMetrics', to, windowMs),
        metadata: {
          name,
          namespace,
          ...(labels === undefined ? {} : { labels }),
          creationTimestamp: formatTime(to.at),
        },
        containers: containers.map((sample) => {
          const usage = containerUsage(sample, before.get(sample.id), to.at, windowMs);
          return { name: sample.name, usage };
        }),
      };
    });
}

/** One that started within the window is counted since its start. */
function containerUsage(
  now: ContainerSample,
  before: ContainerSample | undefined,
  at: number,
  windowMs: number,
): Usage {
  const ms = before === undefined ? Math.max(1, at - now.startedAt) : windowMs;
  return usageOf(now.cpuNanos - (before?.cpuNanos ?? 0), ms, now.workingSetBytes);
}

function usageOf(cpuNanos: number, ms: number, memoryBytes: number): Usage {
  const perSecond = Math.max(0, Math.round((cpuNanos * MS_PER_SECOND) / Math.max(1, ms)));
  const nanos = BigInt(Math.round(memoryBytes)) * NANO;
  return {
    cpu: formatQuantity({ nanos: BigInt(perSecond), format: 'DecimalSI' }),
    memory: formatQuantity({ nanos, format: 'BinarySI' }),
  };
}

function head(kind: string, { at }: Sample, windowMs: number) {
  return {
    kind,
    apiVersion: `${METRICS_GROUP}/${METRICS_VERSION}`,
    timestamp: formatTime(at),
    window: goDuration(Math.round(windowMs)),
  };
}
