import type { LifecycleHandler, Probe, SELinuxOptions } from '../../../generated/types.ts';
import { goQuote } from '../../../objects/go-quote.ts';
import {
  badContainers,
  type Check,
  containersOf,
  containersText,
  plural,
  quoted,
  settersText,
  sorted,
} from './check.ts';

const APP_ARMOR = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';

/** AppArmor profiles may not be switched off. */
export const appArmorProfile: Check = ({ metadata, spec }) => {
  const isBad = (type: string | undefined) =>
    type !== undefined && type !== 'RuntimeDefault' && type !== 'Localhost';
  const ofPod = spec.securityContext?.appArmorProfile?.type;
  const containers = badContainers(spec, (own) => isBad(own.appArmorProfile?.type));
  const ofContainers = containersOf(spec)
    .map(({ securityContext }) => securityContext?.appArmorProfile?.type)
    .filter(isBad) as string[];
  const annotations = Object.entries(metadata.annotations ?? {})
    .filter(([key, value]) => key.startsWith(APP_ARMOR) && !isAllowedAppArmor(value))
    .map(([key, value]) => `${key}=${goQuote(value)}`)
    .sort();
  const isPodBad = isBad(ofPod);
  const values = [...sorted([...(isPodBad ? [ofPod!] : []), ...ofContainers]), ...annotations];
  if (values.length === 0) return null;
  const setters = [settersText(isPodBad, containers)].filter((text) => text !== '');
  if (annotations.length > 0) setters.push(plural('annotation', annotations));
  return {
    reason: plural('forbidden AppArmor profile', values),
    detail: `${setters.join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
  };
};

function isAllowedAppArmor(value: string): boolean {
  return value === '' || value === 'runtime/default' || value.startsWith('localhost/');
}

const DEFAULT_CAPABILITIES: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

/** No capability may be added beyond those that containers have anyway. */
export const baselineCapabilities: Check = ({ spec }) => {
  const extra: string[] = [];
  const containers = badContainers(spec, ({ capabilities }) => {
    const bad = (capabilities?.add ?? []).filter((name) => !DEFAULT_CAPABILITIES.has(name));
    extra.push(...bad);
    return bad.length > 0;
  });
  if (containers.length === 0) return null;
  const names = quoted(sorted(extra));
  return {
    reason: 'non-default capabilities',
    detail: `${containersText(containers)} must not include ${names} in securityContext.capabilities.add`,
  };
};

/** The node's namespaces stay its own. */
export const hostNamespaces: Check = ({ spec }) => {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field]);
  if (shared.length === 0) return null;
  const detail = shared.map((field) => `${field}=true`).join(', ');
  return { reason: 'host namespaces', detail };
};

/** The node's files stay its own. */
export const hostPathVolumes: Check = ({ spec }) => {
  const names = (spec.volumes ?? [])
    .filter(({ hostPath }) => hostPath !== undefined)
    .map(({ name }) => name);
  if (names.length === 0) return null;
  return { reason: 'hostPath volumes', detail: `${plural('volume', names)} ${quoted(names)}` };
};

/** The node's ports stay its own. */
export const hostPorts: Check = ({ spec }) => {
  const used: string[] = [];
  const containers: string[] = [];
  for (const { name, ports = [] } of containersOf(spec)) {
    const bad = ports.map(({ hostPort = 0 }) => hostPort).filter((port) => port !== 0);
    used.push(...bad.map(String));
    if (bad.length > 0) containers.push(name);
  }
  if (containers.length === 0) return null;
  const ports = sorted(used);
  const uses = plural('uses', containers, 'use');
  return {
    reason: 'hostPort',
    detail: `${containersText(containers)} ${uses} ${plural('hostPort', ports)} ${ports.join(', ')}`,
  };
};

/** Probes and hooks must not make the node call other hosts. Since 1.34. */
export const hostProbes: Check = ({ spec }) => {
  const hosts: string[] = [];
  const bad: string[] = [];
  for (const container of containersOf(spec)) {
    const { name, lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
    const handlers = [livenessProbe, readinessProbe, startupProbe];
    const own = [...handlers, lifecycle?.postStart, lifecycle?.preStop].flatMap(hostsOf);
    hosts.push(...own);
    if (own.length > 0) bad.push(name);
  }
  if (bad.length === 0) return null;
  const containers = sorted(bad);
  const names = sorted(hosts);
  const uses = plural('uses', containers, 'use');
  const what = plural('probe or lifecycle host', names);
  return {
    reason: 'probe or lifecycle host',
    detail: `${containersText(containers)} ${uses} ${what} ${quoted(names)}`,
  };
};

function hostsOf(handler: Probe | LifecycleHandler | undefined): string[] {
  const hosts = [handler?.httpGet?.host, handler?.tcpSocket?.host];
  return hosts.filter((host) => host !== undefined && host !== '') as string[];
}

/** Privileged containers have the node. */
export const privileged: Check = ({ spec }) => {
  const containers = badContainers(spec, (own) => own.privileged === true);
  if (containers.length === 0) return null;
  const detail = `${containersText(containers)} must not set securityContext.privileged=true`;
  return { reason: 'privileged', detail };
};

/** What runtimes hide of /proc stays hidden. */
export const procMount: Check = ({ spec }) => {
  const types: string[] = [];
  const containers = badContainers(spec, ({ procMount: type = 'Default' }) => {
    if (type !== 'Default') types.push(type);
    return type !== 'Default';
  });
  if (containers.length === 0) return null;
  const values = quoted(sorted(types));
  return {
    reason: 'procMount',
    detail: `${containersText(containers)} must not set securityContext.procMount to ${values}`,
  };
};

const SE_LINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t'];

/** SELinux types are those of containers; users and roles are not set. */
function seLinuxOptions(allowed: ReadonlySet<string>): Check {
  return ({ spec }) => {
    const used: SELinuxOptions[] = [];
    const isBad = (options: SELinuxOptions | undefined) => {
      if (options === undefined) return false;
      const bad = !allowed.has(options.type ?? '') || !!options.user || !!options.role;
      if (bad) used.push(options);
      return bad;
    };
    const isPodBad = isBad(spec.securityContext?.seLinuxOptions);
    const setters = settersText(
      isPodBad,
      badContainers(spec, (own) => isBad(own.seLinuxOptions)),
    );
    if (setters === '') return null;
    const types = sorted(used.map(({ type = '' }) => type).filter((type) => !allowed.has(type)));
    const faults = types.length > 0 ? [`${plural('type', types)} ${quoted(types)}`] : [];
    if (used.some(({ user }) => user)) faults.push('user may not be set');
    if (used.some(({ role }) => role)) faults.push('role may not be set');
    return {
      reason: 'seLinuxOptions',
      detail: `${setters} set forbidden securityContext.seLinuxOptions: ${faults.join('; ')}`,
    };
  };
}

export const seLinuxOptions0 = seLinuxOptions(new Set(SE_LINUX_TYPES));
export const seLinuxOptions31 = seLinuxOptions(new Set([...SE_LINUX_TYPES, 'container_engine_t']));

/** Seccomp by annotation, before there was a field. */
export const seccompAnnotations: Check = ({ metadata, spec }) => {
  const { annotations = {} } = metadata;
  const keys = [SECCOMP_POD, ...containersOf(spec).map(({ name }) => SECCOMP_CONTAINER + name)];
  const bad = keys
    .filter((key) => annotations[key] !== undefined && !isAllowedSeccomp(annotations[key]))
    .map((key) => `${key}=${goQuote(annotations[key]!)}`);
  if (bad.length === 0) return null;
  const texts = sorted(bad);
  const detail = `forbidden ${plural('annotation', texts)} ${texts.join(', ')}`;
  return { reason: 'seccompProfile', detail };
};

function isAllowedSeccomp(value: string): boolean {
  const known = value === 'runtime/default' || value === 'docker/default';
  return known || value.startsWith('localhost/');
}

/** Whether a seccomp profile that was set is one that confines. */
export function isConfining(type: string): boolean {
  return type === 'RuntimeDefault' || type === 'Localhost';
}

/** Seccomp may not be switched off. */
export const baselineSeccomp: Check = ({ spec }) => {
  const types: string[] = [];
  const isBad = (type: string | undefined) => {
    if (type === undefined || isConfining(type)) return false;
    types.push(type);
    return true;
  };
  const isPodBad = isBad(spec.securityContext?.seccompProfile?.type);
  const containers = badContainers(spec, (own) => isBad(own.seccompProfile?.type));
  if (types.length === 0) return null;
  const setters = settersText(isPodBad, containers);
  const values = quoted(sorted(types));
  return {
    reason: 'seccompProfile',
    detail: `${setters} must not set securityContext.seccompProfile.type to ${values}`,
  };
};

const SYSCTLS_0 = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
];
const SYSCTLS_27 = [...SYSCTLS_0, 'net.ipv4.ip_local_reserved_ports'];
const SYSCTLS_29 = [
  ...SYSCTLS_27,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
];
const SYSCTLS_32 = [...SYSCTLS_29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];

/** Kernel settings must be of the pod alone. */
function sysctls(allowed: readonly string[]): Check {
  return ({ spec }) => {
    const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name);
    const bad = names.filter((name) => !allowed.includes(name));
    return bad.length === 0 ? null : { reason: 'forbidden sysctls', detail: bad.join(', ') };
  };
}

export const sysctls0 = sysctls(SYSCTLS_0);
export const sysctls27 = sysctls(SYSCTLS_27);
export const sysctls29 = sysctls(SYSCTLS_29);
export const sysctls32 = sysctls(SYSCTLS_32);

/** Host processes of Windows have the node. */
export const windowsHostProcess: Check = ({ spec }) => {
  const isPodBad = spec.securityContext?.windowsOptions?.hostProcess === true;
  const containers = badContainers(spec, (own) => own.windowsOptions?.hostProcess === true);
  const setters = settersText(isPodBad, containers);
  if (setters === '') return null;
  const detail = `${setters} must not set securityContext.windowsOptions.hostProcess=true`;
  return { reason: 'hostProcess', detail };
};
