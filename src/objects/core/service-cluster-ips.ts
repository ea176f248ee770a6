import type { Service } from '../../generated/types.ts';
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  Path,
  required,
} from '../field-error.ts';
import { parseIp } from '../ip.ts';
import { isHeadless, NO_CLUSTER_IP } from './service-rules.ts';
import { validateIp } from './validate-ip.ts';

const IPS = Path.of('spec', 'clusterIPs');
const FAMILIES = Path.of('spec', 'ipFamilies');
const POLICY = Path.of('spec', 'ipFamilyPolicy');
const FAMILY_NAMES = ['IPv4', 'IPv6'];
const POLICY_NAMES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

/** How clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy must fit together. */
export function validateClusterIps(service: Service): FieldError[] {
  const { spec } = service;
  if (spec.type === 'ExternalName') return [];
  const errors = [...validateFirst(service), ...validateFamilies(service)];
  const badIps = validateAddresses(service);
  errors.push(...badIps);
  const ips = spec.clusterIPs ?? [];
  if (ips.length > 2) errors.push(invalid(IPS, ips, 'may only hold up to 2 values'));
  // Further complaints about addresses that are none would only mislead.
  return badIps.length > 0 ? errors : [...errors, ...validateStacks(service)];
}

function validateFirst({ spec }: Service): FieldError[] {
  const ips = spec.clusterIPs ?? [];
  if (!spec.clusterIP) {
    const detail = 'must be empty when `clusterIP` is not specified';
    return ips.length === 0 ? [] : [invalid(IPS, ips, detail)];
  }
  if (ips.length === 0) return [required(IPS)];
  return ips[0] === spec.clusterIP ? [] : [invalid(IPS, ips, 'first value must match `clusterIP`')];
}

function validateFamilies({ spec }: Service): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    const path = FAMILIES.index(index);
    if (!FAMILY_NAMES.includes(family)) errors.push(notSupported(path, family, FAMILY_NAMES));
    if (seen.has(family)) errors.push(duplicate(path, family));
    seen.add(family);
  }
  const policy = spec.ipFamilyPolicy;
  if (policy !== undefined && !POLICY_NAMES.includes(policy)) {
    errors.push(notSupported(POLICY, policy, POLICY_NAMES));
  }
  return errors;
}

function validateAddresses({ spec }: Service): FieldError[] {
  const ips = spec.clusterIPs ?? [];
  return ips.flatMap((ip, index) => {
    if (index > 0 || ip !== NO_CLUSTER_IP) return validateIp(IPS.index(index), ip);
    return ips.length > 1 ? [invalid(IPS, ips, "'None' must be the first and only value")] : [];
  });
}

function familyOf(ip: string): string {
  return parseIp(ip)?.family === 6 ? 'IPv6' : 'IPv4';
}

function validateStacks(service: Service): FieldError[] {
  const { clusterIPs: ips = [], ipFamilies: families = [] } = service.spec;
  const errors: FieldError[] = [];
  if (ips.length > 1 && (ips.length > 2 || new Set(ips.map(familyOf)).size < 2)) {
    errors.push(invalid(IPS, ips, 'may specify no more than one IP for each IP family'));
  }
  if (isHeadless(service)) return errors;
  for (const [index, ip] of ips.slice(0, families.length).entries()) {
    const family = families[index]!;
    if (!FAMILY_NAMES.includes(family) || family === familyOf(ip)) continue;
    const detail = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
    errors.push(invalid(IPS.index(index), ip, detail));
  }
  return errors;
}

/** What an update may not do to addresses and families: only the second may come and go. */
export function validateClusterIpsUpdate(service: Service, old: Service): FieldError[] {
  if (service.spec.type === 'ExternalName' || old.spec.type === 'ExternalName') return [];
  const headless = isHeadless(service);
  if (headless && isHeadless(old)) return [];
  const { clusterIPs: ips = [], ipFamilies: families = [], ipFamilyPolicy: policy } = service.spec;
  const single = policy === 'SingleStack';
  const errors = validateList(IPS, ips, old.spec.clusterIPs ?? [], 'clusterIP', single, policy);
  if (headless !== isHeadless(old)) return errors;
  const oldFamilies = old.spec.ipFamilies ?? [];
  return [...errors, ...validateList(FAMILIES, families, oldFamilies, 'ipFamily', single, policy)];
}

function validateList(
  path: Path,
  values: readonly string[],
  old: readonly string[],
  word: string,
  single: boolean,
  policy: string | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  const changed = (index: number) => values[index] !== old[index];
  const complain = (index: number, detail: string) =>
    errors.push(invalid(path.index(index), values, detail));
  if (old.length > 0 && values.length === 0) complain(0, `primary ${word} can not be unset`);
  else if (old.length > 0 && changed(0)) complain(0, 'may not change once set');
  if (old.length === values.length && old.length > 1 && changed(1)) {
    // Upstream names the first family whichever changed.
    complain(word === 'ipFamily' ? 0 : 1, 'may not change once set');
  }
  if (old.length > values.length && values.length === 1 && !single) {
    const detail = `must be set to 'SingleStack' when releasing the secondary ${word}`;
    errors.push(invalid(POLICY, policy ?? null, detail));
  }
  return errors;
}
