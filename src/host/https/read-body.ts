import type { IncomingMessage } from 'node:http';
import type { RequestBody } from '../../apiserver/handler.ts';
import { ApiError } from '../../objects/api-error.ts';
import type { BodyShare } from './body-budget.ts';

/** kube-apiserver's limit on the body of a request that writes: 3 MiB. */
export const BODY_BYTES_MAX = 3 * 1024 * 1024;

/**
 * Reads a request's body; null when it has none.
 *
 * @param share what it may hold of the server's memory; the caller ends it
 * @param timeoutMs how long the client may take to send it
 * @throws ApiError RequestEntityTooLarge, TooManyRequests or Timeout as soon as it is known, the
 *   rest unread
 */
export function readBody(
  request: IncomingMessage,
  share: BodyShare,
  timeoutMs: number,
): Promise<RequestBody | null> {
  const { method } = request;
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return Promise.resolve(null);
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > BODY_BYTES_MAX) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let isSettled = false;
    // HTTP/1.1 has a limit of its own for the whole request, h2 has none.
    const timer = setTimeout(() => refuse(tooSlow()), timeoutMs);
    const refuse = (error: Error) => {
      isSettled = true;
      clearTimeout(timer);
      // Paused and not destroyed: the connection must still carry the answer.
      request.pause();
      request.off('data', take);
      chunks.length = 0;
      reject(error);
    };
    const take = (chunk: Buffer) => {
      if (share.bytes + chunk.length > BODY_BYTES_MAX) refuse(tooLarge());
      else if (!share.add(chunk.length)) refuse(tooMany());
      else chunks.push(chunk);
    };
    request.on('data', take);
    request.on('end', () => {
      isSettled = true;
      clearTimeout(timer);
      resolve(chunks.length === 0 ? null : toBody(request, chunks));
    });
    request.on('error', refuse);
    request.on('close', () => {
      // An error costs its stack, and most bodies have ended well by then.
      if (!isSettled) refuse(new Error('the client went away before its body ended'));
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

function tooMany(): ApiError {
  const message = 'Too many requests, please try again later.';
  return new ApiError('TooManyRequests', message, { retryAfterSeconds: 1 });
}

function tooSlow(): ApiError {
  const message = 'Timeout: request did not complete within the allotted timeout';
  return new ApiError('Timeout', message);
}
