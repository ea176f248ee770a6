import { RuntimeError } from '../../kubelet/runtime.ts';
import { describeError } from '../grpc/channel.ts';
import { GrpcError, type StatusCode } from '../grpc/status.ts';

const CODES: Partial<Record<StatusCode, RuntimeError['code']>> = {
  3: 'invalid',
  4: 'timeout',
  5: 'notFound',
  6: 'alreadyExists',
  9: 'invalid',
  14: 'unavailable',
};

/**
 * What a call threw, for the kubelet. The text keeps Go's form
 * (`rpc error: code = NotFound desc = ...`), which upstream's events show too.
 */
export function toRuntimeError(error: unknown): RuntimeError {
  if (error instanceof RuntimeError) return error;
  if (!(error instanceof GrpcError)) throw error;
  return new RuntimeError(CODES[error.code] ?? 'other', describeError(error));
}
