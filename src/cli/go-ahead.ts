import type { Readable, Writable } from 'node:stream';
import type { NewCertificates } from '../host/pki/certificates.ts';

/**
 * What `up` tells the daemon, as one line of JSON. It starts the daemon before it has looked at
 * everything, so that the process loads meanwhile; nothing is touched before this comes.
 */
export interface GoAhead {
  /** What `up` has made for a new cluster while the daemon loaded; null when nothing was needed. */
  readonly certificates: NewCertificates | null;
}

/** Lets the daemon begin. */
export function sendGoAhead(stream: Writable, goAhead: GoAhead): void {
  // A daemon that has died says so by the end of its own lines.
  stream.on('error', () => {});
  stream.write(`${JSON.stringify(goAhead)}\n`);
}

/** Waits for the line; null when `up` has ended without it. */
export function goAheadFrom(stream: Readable): Promise<GoAhead | null> {
  return new Promise((resolve) => {
    let text = '';
    const take = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (!text.endsWith('\n')) return;
      stream.off('data', take);
      stream.pause();
      resolve(JSON.parse(text) as GoAhead);
    };
    stream.on('data', take);
    stream.once('close', () => resolve(null));
  });
}
