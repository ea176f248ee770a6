import type { ByteConnection, ProcessStreams } from '../../base/byte-streams.ts';
import type { Pod } from '../../generated/types.ts';
import { goQuote } from '../../objects/go-quote.ts';
import { allContainers } from '../pod-identity.ts';
import type { LogSource } from '../pod-logs.ts';
import type { Runtime } from '../runtime.ts';
import { newestOf, type PodRuntime, readySandbox } from '../runtime-state.ts';
import { attachFromStart, isYoung } from './attach-from-start.ts';
import { attachStatus, execStatus } from './command-status.ts';

/** A request for `exec`, `attach` or `portforward`, as the API server passes it on. */
export interface ConnectRequest {
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  /** PodExecOptions, PodAttachOptions or PodPortForwardOptions. */
  readonly options: Readonly<Record<string, unknown>>;
}

interface Channels {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** An ApiResponse of the API server whose body is a connection. */
export interface ConnectResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body:
    | (Channels & {
        readonly type: 'command';
        readonly refused: string;
        run(streams: ProcessStreams): Promise<Record<string, unknown>>;
        close(): void;
      })
    | {
        readonly type: 'forward';
        readonly refused: string;
        readonly ports: readonly number[];
        connect(port: number, connection: ByteConnection): Promise<string>;
        close(): void;
      };
}

/** Connects a client to a pod on this node. What is wrong is told in the answer, never thrown. */
export function podConnection(
  request: ConnectRequest,
  pod: Pod | undefined,
  source: LogSource,
  runtime: Runtime,
): ConnectResponse {
  const { subresource, options } = request;
  const found = source.runtime();
  const body =
    subresource === 'portforward'
      ? forwardBody(request, found, runtime)
      : subresource === 'exec'
        ? execBody(options, found, runtime)
        : attachBody(options, pod, source, runtime);
  return { status: 101, headers: {}, body };
}

function execBody(
  options: ConnectRequest['options'],
  found: PodRuntime,
  runtime: Runtime,
): ConnectResponse['body'] {
  const name = String(options.container ?? '');
  const container = newestOf(found, name);
  const id = container?.state === 'running' ? container.id : '';
  const command = (options.command ?? []) as readonly string[];
  return {
    type: 'command',
    refused: id === '' ? notFound(name) : '',
    close() {},
    ...channelsOf(options),
    run: (streams) => execStatus(command, runtime.execStreams(id, command, streams)),
  };
}

function attachBody(
  options: ConnectRequest['options'],
  pod: Pod | undefined,
  source: LogSource,
  runtime: Runtime,
): ConnectResponse['body'] {
  const name = String(options.container ?? '');
  const spec = pod && allContainers(pod).find((candidate) => candidate.name === name);
  const container = newestOf(source.runtime(), name);
  const young = container !== undefined && isYoung(container, source) ? container : null;
  // Who waits for a container to run in order to talk to it may find it at its end.
  const isThere = container?.state === 'running' || (young?.state === 'exited' && spec?.stdin);
  // A process keeps the kind of input it was started with.
  const tty = spec?.tty ?? false;
  const asked = channelsOf(options);
  const attach = (streams: ProcessStreams) =>
    young === null
      ? runtime.attach(container?.id ?? '', streams)
      : attachFromStart(young, streams, source, runtime);
  return {
    type: 'command',
    refused: isThere ? '' : notFound(name),
    close() {},
    ...asked,
    tty,
    stderr: asked.stderr && !tty,
    run: (streams) => attachStatus(attach(streams)),
  };
}

function notFound(name: string): string {
  return `container not found (${goQuote(name)})`;
}

function channelsOf(options: ConnectRequest['options']): Channels {
  const tty = options.tty === true;
  return {
    stdin: options.stdin === true,
    stdout: options.stdout === true,
    // A terminal has but one output.
    stderr: options.stderr === true && !tty,
    tty,
  };
}

function forwardBody(
  { namespace, name, options }: ConnectRequest,
  found: PodRuntime,
  runtime: Runtime,
): ConnectResponse['body'] {
  const sandbox = readySandbox(found);
  return {
    type: 'forward',
    ports: (options.ports ?? []) as readonly number[],
    refused: sandbox === undefined ? `pod not found (${goQuote(`${name}_${namespace}`)})` : '',
    close() {},
    async connect(port, connection) {
      try {
        await runtime.forwardPort(sandbox?.id ?? '', port, connection);
        return '';
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  };
}
