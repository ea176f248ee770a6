import type { Node, Taint } from '../../generated/types.ts';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  Path,
  required,
} from '../field-error.ts';
import { parseIp } from '../ip.ts';
import { labelValue, qualifiedName } from '../names.ts';
import { parseQuantity } from '../quantity.ts';
import { equalJson } from './immutable.ts';
import { isIntegerResource } from './pod/resource-names.ts';
import { validateCidr } from './validate-ip.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const NANO = 1_000_000_000n;

function validateTaints(taints: readonly Taint[]): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, taint] of taints.entries()) {
    // Upstream looks for taints in spec and complains about metadata.
    const path = Path.of('metadata', 'taints').index(index);
    const { key, value = '', effect } = taint;
    errors.push(...qualifiedName(key).map((text) => invalid(path.child('key'), key, text)));
    const complaints = labelValue(value);
    if (complaints.length > 0) {
      errors.push(invalid(path.child('value'), value, complaints.join(';')));
    }
    if (!effect) errors.push(required(path.child('effect')));
    else if (!EFFECTS.includes(effect)) {
      errors.push(notSupported(path.child('effect'), effect, EFFECTS));
    }
    const pair = JSON.stringify([key, effect]);
    if (seen.has(pair)) {
      const detail = 'taints must be unique by key and effect pair';
      errors.push({ ...duplicate(path, taint), detail });
    }
    seen.add(pair);
  }
  return errors;
}

function validateResources(field: string, resources: Readonly<Record<string, string>>) {
  return Object.entries(resources).flatMap(([name, amount]) => {
    const path = Path.of('status', field, name);
    const { nanos } = parseQuantity(amount);
    const errors: FieldError[] = [];
    if (nanos < 0n) errors.push(invalid(path, amount, 'must be greater than or equal to 0'));
    if (isIntegerResource(name) && nanos % NANO !== 0n) {
      errors.push(invalid(path, amount, 'must be an integer'));
    }
    return errors;
  });
}

function validateCidrs(cidrs: readonly string[]): FieldError[] {
  const path = Path.of('spec', 'podCIDRs');
  const errors = cidrs.flatMap((value, index) => validateCidr(path.index(index), value));
  if (cidrs.length < 2) return errors;
  const families = new Set(cidrs.map((value) => parseIp(value.split('/')[0]!)?.family));
  if (families.size !== 2 || cidrs.length > 2) {
    errors.push(invalid(path, cidrs, 'may specify no more than one CIDR for each IP family'));
  }
  for (const [index, value] of cidrs.entries()) {
    if (cidrs.indexOf(value) < index) errors.push(duplicate(path.index(index), value));
  }
  return errors;
}

/** Everything about a Node but its metadata. */
export function validateNode({ spec, status }: Node): FieldError[] {
  return [
    ...validateTaints(spec.taints ?? []),
    ...validateResources('capacity', status?.capacity ?? {}),
    ...validateResources('allocatable', status?.allocatable ?? {}),
    ...validateCidrs(spec.podCIDRs ?? []),
  ];
}

/** What an update of a Node or of its status may not do. */
export function validateNodeUpdate({ spec, status }: Node, old: Node): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, address] of (status?.addresses ?? []).entries()) {
    const text = JSON.stringify([address.type, address.address]);
    if (seen.has(text)) {
      const path = Path.of('status', 'addresses').index(index);
      errors.push(duplicate(path, { Type: address.type, Address: address.address }));
    }
    seen.add(text);
  }
  if (old.spec.podCIDRs?.length && !equalJson(spec.podCIDRs ?? [], old.spec.podCIDRs)) {
    const detail = 'node updates may not change podCIDR except from "" to valid';
    errors.push(forbidden(Path.of('spec', 'podCIDRs'), detail));
  }
  if (old.spec.providerID && spec.providerID !== old.spec.providerID) {
    const detail = 'node updates may not change providerID except from "" to valid';
    errors.push(forbidden(Path.of('spec', 'providerID'), detail));
  }
  if ((spec.externalID ?? '') !== (old.spec.externalID ?? '')) {
    errors.push(forbidden(Path.of('spec', 'externalID'), 'may not be updated'));
  }
  return errors;
}
