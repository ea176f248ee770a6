import type { ContainerPort, PodSpec } from '../../../generated/types.ts';
import { duplicate, type FieldError, invalid, required } from '../../field-error.ts';
import { portName, portNumber } from '../../names.ts';
import type { Path } from '../../path.ts';
import type { AnyContainer } from './any-container.ts';
import { addInvalidIn, checkPolicy } from './check.ts';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

/** Checks the ports of one container. */
export function validatePorts(
  ports: readonly ContainerPort[],
  at: Path,
  errors: FieldError[],
): void {
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const portAt = at.index(index);
    if (port.name) validatePortName(port.name, portAt, errors, names);
    if (!port.containerPort) errors.push(required(portAt.child('containerPort')));
    else checkPortNumber(port.containerPort, portAt, 'containerPort', errors);
    if (port.hostPort) checkPortNumber(port.hostPort, portAt, 'hostPort', errors);
    checkPolicy(errors, portAt, 'protocol', port.protocol, PROTOCOLS);
  }
}

function validatePortName(name: string, at: Path, errors: FieldError[], names: Set<string>): void {
  const messages = portName(name);
  if (messages.length > 0) addInvalidIn(errors, at, 'name', name, messages);
  else if (names.has(name)) errors.push(duplicate(at.child('name'), name));
  else names.add(name);
}

function checkPortNumber(port: number, at: Path, field: string, errors: FieldError[]): void {
  addInvalidIn(errors, at, field, port, portNumber(port));
}

/** Checks that no two of `containers` want the same port of the host. */
export function checkHostPorts(
  containers: readonly AnyContainer[],
  at: Path,
  errors: FieldError[],
): void {
  const taken = new Set<string>();
  for (const [index, container] of containers.entries()) {
    for (const [portIndex, port] of (container.ports ?? []).entries()) {
      if (!port.hostPort) continue;
      const key = `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (taken.has(key)) {
        const portAt = at.index(index).child('ports').index(portIndex).child('hostPort');
        errors.push(duplicate(portAt, key));
      }
      taken.add(key);
    }
  }
}

/** Checks that a pod on the host's network has the same port inside and outside. */
export function checkHostNetworkPorts(spec: PodSpec, at: Path, errors: FieldError[]): void {
  if (!spec.hostNetwork) return;
  for (const [index, container] of spec.containers.entries()) {
    for (const [portIndex, port] of (container.ports ?? []).entries()) {
      if ((port.hostPort ?? 0) === (port.containerPort ?? 0)) continue;
      const portAt = at.child('containers').index(index).child('ports').index(portIndex);
      const detail = 'must match `containerPort` when `hostNetwork` is true';
      errors.push(invalid(portAt.child('hostPort'), port.hostPort ?? 0, detail));
    }
  }
}
