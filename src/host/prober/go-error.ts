import { isUtf8 } from 'node:buffer';
import { goQuote } from '../../objects/go-quote.ts';

/** Node's and OpenSSL's errors in the words that Go's net packages have for them. */

/** What is known of a connection when it fails. */
export interface Dialled {
  readonly host: string;
  readonly port: number;
  /** Once connected: the two ends, as `10.42.0.1:40000->10.42.0.7:80`. */
  readonly ends: string;
}

const SYSTEM_TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  ECONNABORTED: 'software caused connection abort',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  EHOSTDOWN: 'host is down',
  ETIMEDOUT: 'connection timed out',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EINVAL: 'invalid argument',
  EPIPE: 'broken pipe',
  EMFILE: 'too many open files',
};

/** What is shown of a line that is none of HTTP. */
const LINE_BYTES_MAX = 200;

/** `host:port`, with brackets around an IPv6 address, as net.JoinHostPort. */
export function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The error of connecting: `dial tcp 10.1.2.3:80: connect: connection refused`. */
export function dialError(
  error: NodeJS.ErrnoException,
  dialled: Dialled,
  network: 'tcp' | 'tcp4' | 'tcp6' = 'tcp',
): string {
  const code = error.code ?? '';
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${dialled.host}: no such host`;
  if (code === 'EAI_AGAIN') {
    return `dial tcp: lookup ${dialled.host}: Temporary failure in name resolution`;
  }
  const address = joinHostPort(dialled.host, dialled.port);
  return `dial ${network} ${address}: connect: ${SYSTEM_TEXTS[code] ?? error.message}`;
}

/** The error of a connection that stood: `read tcp A->B: read: connection reset by peer`, `EOF`. */
export function readError(error: NodeJS.ErrnoException, dialled: Dialled): string {
  const code = error.code ?? '';
  // Node calls an end before the answer a reset too, but without a system call that failed.
  if (code === 'ECONNRESET' && error.syscall === undefined) return 'EOF';
  if (code.startsWith('HPE_')) return malformed(error);
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return tlsError(error);
  const step = error.syscall === 'write' ? 'write' : 'read';
  return `${step} tcp ${dialled.ends}: ${step}: ${SYSTEM_TEXTS[code] ?? error.message}`;
}

function tlsError(error: NodeJS.ErrnoException): string {
  const text = `${error.code} ${error.message}`;
  if (/wrong version number|WRONG_VERSION_NUMBER|http request|packet length/i.test(text)) {
    return 'http: server gave HTTP response to HTTPS client';
  }
  const alert = /alert ([a-z ]+?)(:|$)/i.exec(error.message)?.[1];
  return alert === undefined ? `tls: ${error.message}` : `remote error: tls: ${alert}`;
}

function malformed(error: Error & { rawPacket?: Uint8Array }): string {
  const bytes = Buffer.from(error.rawPacket ?? []);
  const end = bytes.indexOf('\n');
  const line = end < 0 ? bytes : bytes.subarray(0, bytes[end - 1] === 0x0d ? end - 1 : end);
  const broken = 'net/http: HTTP/1.x transport connection broken';
  return `${broken}: malformed HTTP response ${quoteBytes(line.subarray(0, LINE_BYTES_MAX))}`;
}

/** Go's %q of bytes, which need not be text: a server that speaks TLS answers with such. */
function quoteBytes(bytes: Buffer): string {
  if (isUtf8(bytes)) return goQuote(bytes.toString());
  const pieces = bytes.toString('latin1').split(/([\x80-\xff])/);
  const quoted = pieces.map((piece) =>
    piece >= '\x80' ? `\\x${piece.charCodeAt(0).toString(16)}` : goQuote(piece).slice(1, -1),
  );
  return `"${quoted.join('')}"`;
}

/** A duration as Go prints it: `1s`, `1.5s`, `250ms`, `1m30s`. */
export function goDuration(ms: number): string {
  if (ms < 1000) return ms === 0 ? '0s' : `${ms}ms`;
  const seconds = Math.floor(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${Number(((ms % 60_000) / 1000).toFixed(3))}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
