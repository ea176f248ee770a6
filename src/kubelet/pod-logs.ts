import type { Clock } from '../base/clock.ts';
import type { ContainerStatus as ApiContainerStatus, Pod } from '../generated/types.ts';
import { ApiError } from '../objects/api-error.ts';
import { containerStatus } from '../objects/core/pod/conditions.ts';
import type { LogReadOptions, PodFiles } from './edges.ts';
import { allContainers } from './pod-identity.ts';
import type { ContainerStatus } from './runtime.ts';
import type { PodRuntime } from './runtime-state.ts';

/** A request for a container's log, as the API server passes it on. */
export interface LogRequest {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** PodLogOptions. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly request: { readonly signal: AbortSignal };
}

/** The answer: text that goes on, or a Status. An ApiResponse of the API server. */
export interface LogResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body:
    | { readonly type: 'stream'; readonly chunks: AsyncIterable<Uint8Array> }
    | {
        readonly type: 'object';
        readonly encoded: { readonly object: unknown; readonly json: Uint8Array };
      };
}

/** Where logs and the state of their containers come from. */
export interface LogSource {
  readonly files: PodFiles;
  readonly clock: Clock;
  runtime(): PodRuntime;
}

/** Answers GET pods/NAME/log: text that goes on when `follow` is asked for. Never throws. */
export async function podLogs(
  { options: asked, request }: LogRequest,
  pod: Pod | undefined,
  source: LogSource,
): Promise<LogResponse> {
  try {
    if (pod === undefined) throw new ApiError('NotFound', 'the pod is not known to its node yet');
    // The API server has chosen where the client named none; here the pod may be an older one.
    const name = String(asked.container);
    if (allContainers(pod).every((container) => container.name !== name)) {
      throw bad(`container ${name} is not valid for pod ${pod.metadata.name}`);
    }
    const target = selectAttempt(pod, name, asked.previous === true, source.runtime());
    const options = readOptions(asked, source.clock.now());
    const isEnded = () => {
      const now = source.runtime().containers.find(({ id }) => id === target.id);
      return now === undefined || now.state === 'exited';
    };
    const chunks = source.files.readLog(target.logPath, options, request.signal, isEnded);
    return {
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: { type: 'stream', chunks },
    };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const status = error.toStatus();
    const json = new TextEncoder().encode(JSON.stringify(status));
    const encoded = { object: status, json };
    return { status: error.code, headers: {}, body: { type: 'object', encoded } };
  }
}

/**
 * The attempt of a container whose log is meant.
 *
 * @throws ApiError BadRequest with upstream's text when there is none
 */
export function selectAttempt(
  pod: Pod,
  name: string,
  isPrevious: boolean,
  runtime: PodRuntime,
): ContainerStatus {
  const podName = pod.metadata.name ?? '';
  const attempts = runtime.containers.filter(
    (status) => status.name === name && status.state !== 'created',
  );
  const status = containerStatus(pod, name);
  if (isPrevious) {
    const id = idOf(status?.lastState?.terminated?.containerID);
    const previous = attempts.find((attempt) => attempt.id === id);
    if (previous !== undefined) return previous;
    throw bad(`previous terminated container "${name}" in pod "${podName}" not found`);
  }
  const [newest] = attempts;
  if (newest !== undefined) return newest;
  throw bad(waitingText(pod, name, status));
}

function waitingText(pod: Pod, name: string, status: ApiContainerStatus | undefined): string {
  const podName = pod.metadata.name ?? '';
  if (status === undefined) return `container "${name}" in pod "${podName}" is not available`;
  const waiting = status.state?.waiting;
  if (waiting === undefined) return `container "${name}" in pod "${podName}" is terminated`;
  const reason = waiting.reason ?? '';
  if (reason === 'ErrImagePull') {
    return `container "${name}" in pod "${podName}" is waiting to start: image can't be pulled`;
  }
  if (reason === 'ImagePullBackOff') {
    return (
      `container "${name}" in pod "${podName}" is waiting to start: ` +
      'trying and failing to pull image'
    );
  }
  return `container "${name}" in pod "${podName}" is waiting to start: ${reason || 'waiting'}`;
}

function readOptions(asked: LogRequest['options'], now: number): LogReadOptions {
  const tailLines = numberOf(asked.tailLines);
  const sinceSeconds = numberOf(asked.sinceSeconds);
  const limitBytes = numberOf(asked.limitBytes);
  const { sinceTime } = asked;
  const since =
    typeof sinceTime === 'string'
      ? Date.parse(sinceTime)
      : sinceSeconds === undefined
        ? undefined
        : now - sinceSeconds * 1000;
  const stream = String(asked.stream ?? 'All').toLowerCase();
  return {
    follow: asked.follow === true,
    timestamps: asked.timestamps === true,
    stream: stream === 'stdout' || stream === 'stderr' ? stream : 'all',
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(since === undefined ? {} : { since }),
  };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function idOf(containerId: string | undefined): string {
  return containerId === undefined ? '' : containerId.slice(containerId.indexOf('://') + 3);
}

function bad(message: string): ApiError {
  return new ApiError('BadRequest', message);
}
