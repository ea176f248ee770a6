import type {
  ExecAction,
  GRPCAction,
  HTTPGetAction,
  Lifecycle,
  Probe,
  SleepAction,
  TCPSocketAction,
} from '../../../generated/types.ts';
import { type FieldError, forbidden, invalid, notSupported, required } from '../../field-error.ts';
import { httpHeaderName, portName, portNumber } from '../../names.ts';
import type { Path } from '../../path.ts';
import { addInvalid, addInvalidIn } from './check.ts';

/** What a probe or a lifecycle hook does: exactly one of these. */
interface Handler {
  readonly exec?: ExecAction;
  readonly httpGet?: HTTPGetAction;
  readonly tcpSocket?: TCPSocketAction;
  readonly grpc?: GRPCAction;
  readonly sleep?: SleepAction;
}

interface Probed {
  readonly lifecycle?: Lifecycle;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
}

/**
 * Checks the hooks and probes of a container that stays: a regular one or a sidecar.
 *
 * @param graceSeconds the pod's terminationGracePeriodSeconds, undefined when that is bad itself
 */
export function validateProbes(
  container: Probed,
  at: Path,
  errors: FieldError[],
  graceSeconds: number | undefined,
): void {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  if (lifecycle?.postStart) {
    const hookAt = at.child('lifecycle', 'postStart');
    validateHandler(withoutGrpc(lifecycle.postStart), hookAt, errors, graceSeconds);
  }
  if (lifecycle?.preStop) {
    const hookAt = at.child('lifecycle', 'preStop');
    validateHandler(withoutGrpc(lifecycle.preStop), hookAt, errors, graceSeconds);
  }
  if (livenessProbe) {
    const probeAt = at.child('livenessProbe');
    validateProbe(livenessProbe, probeAt, errors);
    checkSuccessThreshold(livenessProbe, probeAt, errors);
  }
  if (readinessProbe) {
    const probeAt = at.child('readinessProbe');
    validateProbe(readinessProbe, probeAt, errors);
    const seconds = readinessProbe.terminationGracePeriodSeconds;
    if (seconds !== undefined) {
      const secondsAt = probeAt.child('terminationGracePeriodSeconds');
      errors.push(invalid(secondsAt, seconds, 'must not be set for readinessProbes'));
    }
  }
  if (startupProbe) {
    const probeAt = at.child('startupProbe');
    validateProbe(startupProbe, probeAt, errors);
    checkSuccessThreshold(startupProbe, probeAt, errors);
  }
}

function withoutGrpc({ exec, httpGet, tcpSocket, sleep }: Handler): Handler {
  return { exec, httpGet, tcpSocket, sleep };
}

function checkSuccessThreshold(probe: Probe, at: Path, errors: FieldError[]): void {
  if (probe.successThreshold === 1) return;
  errors.push(invalid(at.child('successThreshold'), probe.successThreshold ?? 0, 'must be 1'));
}

const PROBE_NUMBERS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

function validateProbe(probe: Probe, at: Path, errors: FieldError[]): void {
  const { exec, httpGet, tcpSocket, grpc } = probe;
  validateHandler({ exec, httpGet, tcpSocket, grpc }, at, errors, undefined);
  for (const name of PROBE_NUMBERS) {
    const value = probe[name] ?? 0;
    if (value >= 0) continue;
    errors.push(invalid(at.child(name), value, 'must be greater than or equal to 0'));
  }
  const seconds = probe.terminationGracePeriodSeconds;
  if (seconds !== undefined && seconds <= 0) {
    const secondsAt = at.child('terminationGracePeriodSeconds');
    errors.push(invalid(secondsAt, seconds, 'must be greater than 0'));
  }
}

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

function validateHandler(
  handler: Handler,
  at: Path,
  errors: FieldError[],
  graceSeconds: number | undefined,
): void {
  let found = 0;
  for (const name of HANDLERS) {
    if (handler[name] === undefined) continue;
    found += 1;
    if (found > 1) {
      errors.push(forbidden(at.child(name), 'may not specify more than 1 handler type'));
      continue;
    }
    const actionAt = at.child(name);
    if (name === 'exec') validateExec(handler.exec!, actionAt, errors);
    else if (name === 'httpGet') validateHttpGet(handler.httpGet!, actionAt, errors);
    else if (name === 'sleep') validateSleep(handler.sleep!, actionAt, errors, graceSeconds);
    else validatePort(handler[name]!.port, actionAt, errors);
  }
  if (found === 0) errors.push(required(at, 'must specify a handler type'));
}

function validateExec(exec: ExecAction, at: Path, errors: FieldError[]): void {
  if (!exec.command?.length) errors.push(required(at.child('command')));
}

function validateHttpGet(http: HTTPGetAction, at: Path, errors: FieldError[]): void {
  if (!http.path) errors.push(required(at.child('path')));
  validatePort(http.port, at, errors);
  if (http.scheme !== 'HTTP' && http.scheme !== 'HTTPS') {
    errors.push(notSupported(at.child('scheme'), http.scheme ?? '', ['HTTP', 'HTTPS']));
  }
  for (const { name = '' } of http.httpHeaders ?? []) {
    addInvalid(errors, at.child('httpHeaders'), name, httpHeaderName(name));
  }
}

function validateSleep(
  sleep: SleepAction,
  at: Path,
  errors: FieldError[],
  graceSeconds: number | undefined,
): void {
  const seconds = sleep.seconds ?? 0;
  if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return;
  const detail = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
  errors.push(invalid(at, seconds, detail));
}

function validatePort(port: number | string | undefined, at: Path, errors: FieldError[]): void {
  if (typeof port === 'string') addInvalidIn(errors, at, 'port', port, portName(port));
  else addInvalidIn(errors, at, 'port', port ?? 0, portNumber(port ?? 0));
}
