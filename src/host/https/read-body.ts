import type { IncomingMessage } from 'node:http';
import type { RequestBody } from '../../apiserver/handler.ts';
import { ApiError } from '../../objects/api-error.ts';

/** kube-apiserver's limit on the body of a request that writes: 3 MiB. */
export const BODY_BYTES_MAX = 3 * 1024 * 1024;

/**
 * Reads a request's body; null when it has none.
 *
 * @throws ApiError RequestEntityTooLarge as soon as it is known, the rest unread
 */
export function readBody(request: IncomingMessage): Promise<RequestBody | null> {
  const { method } = request;
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return Promise.resolve(null);
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > BODY_BYTES_MAX) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= BODY_BYTES_MAX) {
        chunks.push(chunk);
        return;
      }
      // Paused and not destroyed: the connection must still carry the answer.
      request.pause();
      chunks.length = 0;
      reject(tooLarge());
    });
    request.on('end', () => resolve(length === 0 ? null : toBody(request, chunks)));
    request.on('error', reject);
    request.on('close', () => {
      // Each request closes, and an error nobody sees still costs its stack trace.
      if (!request.readableEnded) reject(new Error('the client went away before its body ended'));
    });
  });
}

function toBody(request: IncomingMessage, chunks: readonly Buffer[]): RequestBody {
  const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  return { type: 'bytes', contentType: request.headers['content-type'] ?? '', bytes };
}

function tooLarge(): ApiError {
  const message = `Request entity too large: limit is ${BODY_BYTES_MAX}`;
  return new ApiError('RequestEntityTooLarge', message);
}
