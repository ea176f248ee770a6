import type { ByteConnection, ByteSink, ProcessStreams } from '../base/byte-streams.ts';
import { quote, type SimContainer } from './container.ts';
import type { SimDisk } from './disk.ts';
import { findRule } from './prober.ts';
import type { SimProcess } from './process.ts';

const encoder = new TextEncoder();
const PROMPT = '/ # ';
/** What a shell ends with that was ended from outside. */
const KILLED = 137;
/** The head of an HTTP request; what is longer is none. */
const REQUEST_CHARS_MAX = 64 * 1024;

/** Runs a command in a simulated container, connected to a client. Answers its exit code. */
export async function execInSim(
  container: SimContainer,
  command: readonly string[],
  streams: ProcessStreams,
): Promise<number> {
  const process = container.processFor(command);
  const stop = new AbortController();
  const abort = () => stop.abort();
  for (const signal of [process.signal, streams.signal]) signal.addEventListener('abort', abort);
  const [program = ''] = command;
  const name = program.slice(program.lastIndexOf('/') + 1);
  const shell = new SimTerminal(process, streams, stop.signal);
  try {
    if (command.length === 1 && name === 'cat') return await shell.cat();
    if (command.length === 1 && name === 'sh') return await shell.run();
    return await shell.runScript(command.map(quote).join(' '));
  } finally {
    for (const signal of [process.signal, streams.signal]) {
      signal.removeEventListener('abort', abort);
    }
  }
}

/** A command's input and output: bare bytes, or lines that a terminal edits and echoes. */
class SimTerminal {
  readonly #process: SimProcess;
  readonly #streams: ProcessStreams;
  readonly #signal: AbortSignal;

  constructor(process: SimProcess, streams: ProcessStreams, signal: AbortSignal) {
    this.#process = process;
    this.#streams = streams;
    this.#signal = signal;
  }

  runScript(script: string): Promise<number> {
    const print = (text: string, stream: 'stdout' | 'stderr') => {
      this.#write(`${text}\n`, stream === 'stderr' ? this.#streams.stderr : this.#streams.stdout);
    };
    return this.#process.runScript(script, print, this.#signal);
  }

  async cat(): Promise<number> {
    for await (const bytes of this.#streams.stdin ?? []) {
      await this.#streams.stdout?.write(bytes);
      if (this.#signal.aborted) return KILLED;
    }
    return 0;
  }

  /** A shell that reads its commands. */
  async run(): Promise<number> {
    let code = 0;
    this.#prompt();
    for await (const line of this.#lines()) {
      const exit = /^\s*exit(?:\s+(\d+))?\s*$/.exec(line);
      if (exit !== null) return exit[1] === undefined ? code : Number(exit[1]) % 256;
      if (line.trim() !== '') code = await this.runScript(line);
      if (this.#signal.aborted) return KILLED;
      this.#prompt();
    }
    return this.#signal.aborted ? KILLED : code;
  }

  async *#lines(): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    let line = '';
    for await (const bytes of this.#streams.stdin ?? []) {
      for (const character of decoder.decode(bytes, { stream: true })) {
        if (character === '\u0004' && this.#streams.tty) return;
        if (this.#streams.tty) this.#write(character === '\r' ? '\n' : character);
        if (character !== '\n' && character !== '\r') line += character;
        else {
          yield line;
          line = '';
        }
      }
      line = line.slice(-REQUEST_CHARS_MAX);
    }
    if (line !== '') yield line;
  }

  #prompt(): void {
    if (this.#streams.tty) this.#write(PROMPT);
  }

  #write(text: string, sink: ByteSink | null = this.#streams.stdout): void {
    const isTty = this.#streams.tty;
    const target = isTty ? this.#streams.stdout : sink;
    void target?.write(encoder.encode(isTty ? text.replaceAll('\n', '\r\n') : text));
  }
}

/** Shows what a simulated container prints from now on, until it ends or nobody listens. */
export async function attachToSim(
  container: SimContainer,
  disk: SimDisk,
  streams: ProcessStreams,
): Promise<void> {
  const { logPath, state } = container.status();
  if (state !== 'running') return;
  let seen = disk.log(logPath).length;
  while (!streams.signal.aborted) {
    const lines = disk.log(logPath);
    for (const { stream, text } of lines.slice(seen)) {
      const sink = stream === 'stderr' ? (streams.stderr ?? streams.stdout) : streams.stdout;
      await sink?.write(encoder.encode(`${text}${streams.tty ? '\r\n' : '\n'}`));
    }
    seen = lines.length;
    if (container.status().state === 'exited') return;
    await disk.changed(logPath, streams.signal);
  }
}

/** Answers one HTTP request after the other, as the image's rules have it. */
export async function serveSimHttp(
  container: SimContainer,
  connection: ByteConnection,
): Promise<void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of connection.incoming) {
    text = (text + decoder.decode(bytes, { stream: true })).slice(-REQUEST_CHARS_MAX);
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      await connection.write(encoder.encode(answer(container, text.slice(0, end))));
      text = text.slice(end + 4);
    }
  }
  connection.end();
}

function answer({ image, process }: SimContainer, head: string): string {
  const [first = '', ...lines] = head.split('\r\n');
  const path = first.split(' ')[1] ?? '/';
  const headers = lines.map((line) => {
    const at = line.indexOf(':');
    return { name: line.slice(0, at), value: line.slice(at + 1).trim() };
  });
  const rule = findRule(image.http ?? [], { path, headers }, process?.ageSeconds ?? 0);
  const { status = 200, body = '' } = rule ?? {};
  return `HTTP/1.1 ${status} ${status < 400 ? 'OK' : 'Error'}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
