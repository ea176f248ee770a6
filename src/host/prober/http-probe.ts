import { Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import type { HttpProbe, ProbeOutcome } from '../../kubelet/edges.ts';
import { goQuote } from '../../objects/go-quote.ts';
import { type Dialled, dialError, joinHostPort, readError } from './go-error.ts';
import { firstError } from './tcp-probe.ts';

const BODY_BYTES_MAX = 10 * 1024;
const REDIRECTS_MAX = 10;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

// Without keep-alive an agent holds nothing; one each spares making it for every request.
const httpAgent = new Agent({ keepAlive: false });
const httpsAgent = new HttpsAgent({ keepAlive: false, maxCachedSessions: 0 });

/** One request of a probe; a redirect makes another. */
interface Hop {
  readonly url: URL;
  /** As it was asked for: messages show it so. */
  readonly text: string;
  readonly headers: readonly (readonly [string, string])[];
}

type Answer =
  | { readonly kind: 'outcome'; readonly outcome: ProbeOutcome }
  | { readonly kind: 'redirect'; readonly location: string };

/**
 * GETs a URL (upstream pkg/probe/http): 200 to 399 passes, certificates are not verified,
 * connections are not kept, at most ten redirects are followed and only on the same host name.
 *
 * @param userAgent `kube-probe/1.34`
 */
export async function httpProbe(
  probe: HttpProbe,
  userAgent: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const first = firstHop(probe, userAgent);
  if (first === null) return { result: 'error', output: `invalid URL path ${probe.path}` };
  // Not AbortSignal.timeout: that goes off, and makes an error, long after a probe that passed.
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  try {
    return await follow(first, deadline.signal, signal);
  } finally {
    clearTimeout(timer);
  }
}

async function follow(
  first: Hop,
  deadline: AbortSignal,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  let hop = first;
  for (let followed = 0; ; followed++) {
    const answer = await new Exchange(hop, deadline, signal, first.url.hostname).run();
    if (answer.kind === 'outcome') return answer.outcome;
    const next = redirectedHop(hop, answer.location);
    if (next === null) return failure(hop, `failed to parse Location header "${answer.location}"`);
    if (followed + 1 >= REDIRECTS_MAX) {
      return failure(next, `stopped after ${REDIRECTS_MAX} redirects`);
    }
    hop = next;
  }
}

function firstHop(probe: HttpProbe, userAgent: string): Hop | null {
  const origin = `${probe.scheme.toLowerCase()}://${joinHostPort(probe.host, probe.port)}`;
  const path = encodeURI(probe.path).replaceAll('%25', '%');
  const text = `${origin}${path === '' || /^[/?]/.test(path) ? '' : '/'}${path}`;
  if (!URL.canParse(text)) return null;
  const given = probe.headers.map(({ name, value }) => [name, value] as const);
  return { url: new URL(text), text, headers: withDefaults(given, userAgent) };
}

/** An empty Accept means none; other headers are sent as they are, however often. */
function withDefaults(given: readonly (readonly [string, string])[], userAgent: string) {
  const value = (wanted: string) => given.find(([name]) => name.toLowerCase() === wanted)?.[1];
  const headers = given.filter(
    ([name, content]) => name.toLowerCase() !== 'accept' || content !== '',
  );
  if (value('user-agent') === undefined) headers.push(['User-Agent', userAgent]);
  if (value('accept') === undefined) headers.push(['Accept', '*/*']);
  return headers;
}

/** A Host header stays only where the redirect names no host of its own, as in net/http. */
function redirectedHop(hop: Hop, location: string): Hop | null {
  if (!URL.canParse(location, hop.url.href)) return null;
  const url = new URL(location, hop.url);
  const relative = !/^([a-z][a-z0-9+.-]*:)?\/\//i.test(location);
  const headers = hop.headers.filter(([name]) => {
    const lower = name.toLowerCase();
    return lower !== 'referer' && (relative || lower !== 'host');
  });
  const referer = ['Referer', hop.text] as const;
  return { url, text: url.href, headers: [...headers, referer] };
}

function failure(hop: Hop, text: string): ProbeOutcome {
  return { result: 'failure', output: `Get ${JSON.stringify(hop.text)}: ${text}` };
}

/** One request and its answer. */
class Exchange {
  readonly #hop: Hop;
  readonly #deadline: AbortSignal;
  readonly #signal: AbortSignal;
  readonly #hostname: string;
  #request: ClientRequest | null = null;
  #connected = false;
  #answered = false;
  #ends = '';
  #resolve: (answer: Answer) => void = () => {};

  constructor(hop: Hop, deadline: AbortSignal, signal: AbortSignal, hostname: string) {
    this.#hop = hop;
    this.#deadline = deadline;
    this.#signal = signal;
    this.#hostname = hostname;
  }

  run(): Promise<Answer> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#deadline.addEventListener('abort', this.#late, { once: true });
      this.#signal.addEventListener('abort', this.#aborted, { once: true });
      if (this.#signal.aborted) this.#aborted();
      else if (this.#deadline.aborted) this.#late();
      else this.#send();
    });
  }

  #send(): void {
    const { url, headers } = this.#hop;
    const named = headers.some(([name]) => name.toLowerCase() === 'host');
    const host = named ? [] : ['Host', url.host];
    const options = {
      agent: url.protocol === 'https:' ? httpsAgent : httpAgent,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
      path: `${url.pathname}${url.search}`,
      headers: [...host, ...headers.flatMap(asSent), 'Connection', 'close'],
      rejectUnauthorized: false,
    };
    let request: ClientRequest;
    try {
      request = url.protocol === 'https:' ? requestHttps(options) : requestHttp(options);
    } catch (error) {
      this.#fail(headerError(error, headers));
      return;
    }
    this.#request = request;
    request.on('socket', (socket: Socket) => this.#watch(socket));
    request.on('response', (response) => this.#read(response));
    request.on('error', (error) => this.#broken(firstError(error)));
    request.end();
  }

  #watch(socket: Socket): void {
    socket.once('connect', () => {
      this.#connected = true;
      const remote = joinHostPort(socket.remoteAddress ?? '', socket.remotePort ?? 0);
      this.#ends = `${joinHostPort(socket.localAddress ?? '', socket.localPort ?? 0)}->${remote}`;
    });
  }

  #read(response: IncomingMessage): void {
    this.#answered = true;
    const status = response.statusCode ?? 0;
    const location = response.headers.location ?? '';
    if (REDIRECT_STATUSES.has(status) && location !== '' && this.#staysHere(location)) {
      this.#end({ kind: 'redirect', location });
      return;
    }
    const chunks: Buffer[] = [];
    let length = 0;
    const done = () => {
      const body = Buffer.concat(chunks).subarray(0, BODY_BYTES_MAX).toString();
      this.#end({ kind: 'outcome', outcome: verdict(status, body) });
    };
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= BODY_BYTES_MAX) done();
    });
    response.on('end', done);
    response.on('error', () => this.#error('unexpected EOF'));
  }

  #staysHere(location: string): boolean {
    if (!URL.canParse(location, this.#hop.url.href)) return true;
    return new URL(location, this.#hop.url).hostname === this.#hostname;
  }

  readonly #late = () => {
    if (!this.#answered) {
      this.#fail('context deadline exceeded (Client.Timeout exceeded while awaiting headers)');
    } else {
      const reading = 'Client.Timeout or context cancellation while reading body';
      this.#error(`context deadline exceeded (${reading})`);
    }
  };

  readonly #aborted = () => this.#error('context canceled');

  #broken(error: NodeJS.ErrnoException): void {
    const { hostname, port, protocol } = this.#hop.url;
    const dialled: Dialled = {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
      ends: this.#ends,
    };
    this.#fail(this.#connected ? readError(error, dialled) : dialError(error, dialled));
  }

  #fail(text: string): void {
    this.#end({ kind: 'outcome', outcome: failure(this.#hop, text) });
  }

  #error(output: string): void {
    this.#end({ kind: 'outcome', outcome: { result: 'error', output } });
  }

  #end(answer: Answer): void {
    this.#deadline.removeEventListener('abort', this.#late);
    this.#signal.removeEventListener('abort', this.#aborted);
    this.#resolve(answer);
    // Destroying reports an error once more; the promise keeps its first answer.
    this.#request?.destroy();
  }
}

function verdict(status: number, body: string): ProbeOutcome {
  if (status < 200 || status >= 400) {
    return { result: 'failure', output: `HTTP probe failed with statuscode: ${status}`, status };
  }
  if (status < 300) return { result: 'success', output: body, status };
  const output = `Probe terminated redirects, Response body: ${body}`;
  return { result: 'warning', output, status };
}

/** Go sends the bytes of UTF-8; Node sends a byte for each character, and refuses those above. */
function asSent([name, value]: readonly [string, string]): [string, string] {
  return [name, Buffer.from(value).toString('latin1')];
}

function headerError(error: unknown, headers: readonly (readonly [string, string])[]): string {
  const name = headers.find(([name]) => !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))?.[0];
  if (name !== undefined) return `net/http: invalid header field name ${goQuote(name)}`;
  const bad = headers.find(([, value]) => /[^\t\x20-\x7e\x80-\u{10ffff}]/u.test(value))?.[0];
  if (bad === undefined) return error instanceof Error ? error.message : String(error);
  return `net/http: invalid header field value for ${goQuote(bad)}`;
}
