import type { ByteConnection, ProcessStreams } from '../../base/byte-streams.ts';
import type { Pod } from '../../generated/types.ts';
import { goQuote } from '../../objects/go-quote.ts';
import { allContainers } from '../pod-identity.ts';
import type { Runtime } from '../runtime.ts';
import { newestOf, type PodRuntime, readySandbox } from '../runtime-state.ts';
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
  found: PodRuntime,
  runtime: Runtime,
): ConnectResponse {
  const { subresource, options } = request;
  const body =
    subresource === 'portforward'
      ? forwardBody(request, found, runtime)
      : commandBody(subresource, options, pod, found, runtime);
  return { status: 101, headers: {}, body };
}

function commandBody(
  subresource: string,
  options: ConnectRequest['options'],
  pod: Pod | undefined,
  found: PodRuntime,
  runtime: Runtime,
): ConnectResponse['body'] {
  const name = String(options.container ?? '');
  const container = newestOf(found, name);
  const id = container?.state === 'running' ? container.id : '';
  const refused = id === '' ? `container not found (${goQuote(name)})` : '';
  const asked = channelsOf(options);
  const common = { type: 'command', refused, close() {} } as const;
  if (subresource === 'exec') {
    const command = (options.command ?? []) as readonly string[];
    const run = (streams: ProcessStreams) =>
      execStatus(command, runtime.execStreams(id, command, streams));
    return { ...common, ...asked, run };
  }
  // A process keeps the kind of input it was started with.
  const spec = pod && allContainers(pod).find((candidate) => candidate.name === name);
  const tty = spec?.tty ?? false;
  const channels = { ...asked, tty, stderr: asked.stderr && !tty };
  const run = (streams: ProcessStreams) => attachStatus(runtime.attach(id, streams));
  return { ...common, ...channels, run };
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
