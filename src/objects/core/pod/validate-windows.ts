import type { PodSpec, WindowsSecurityContextOptions } from '../../../generated/types.ts';
import { type FieldError, forbidden, invalid } from '../../field-error.ts';
import { dns1123Subdomain } from '../../names.ts';
import type { Path } from '../../path.ts';
import { type AnyContainer, someContainer, visitContainers } from './any-container.ts';
import { addInvalid } from './check.ts';

const CREDENTIAL_KIB_MAX = 64;
const DOMAIN_LENGTH_MAX = 256;
const USER_LENGTH_MAX = 104;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\x00-\x1f\x7f]/;
const NET_BIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const DNS_DOMAIN = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`);

/** Checks the options that only Windows containers have. */
export function validateWindowsOptions(
  options: WindowsSecurityContextOptions,
  at: Path,
  errors: FieldError[],
): void {
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName: user } = options;
  if (name !== undefined) {
    addInvalid(errors, at.child('gmsaCredentialSpecName'), name, dns1123Subdomain(name));
  }
  if (spec === '') {
    const detail = 'gmsaCredentialSpec cannot be an empty string';
    errors.push(invalid(at.child('gmsaCredentialSpec'), spec, detail));
  } else if (spec !== undefined && spec.length > CREDENTIAL_KIB_MAX * 1024) {
    const detail = `gmsaCredentialSpec size must be under ${CREDENTIAL_KIB_MAX} KiB`;
    errors.push(invalid(at.child('gmsaCredentialSpec'), spec, detail));
  }
  if (user !== undefined) addInvalid(errors, at.child('runAsUserName'), user, userName(user));
}

/** Complaints about `DOMAIN\user`. */
function userName(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  if (CONTROL.test(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const user = parts.at(-1)!;
  const domain = parts.length === 2 ? parts[0] : undefined;
  const messages: string[] = [];
  if (domain !== undefined && domain.length >= DOMAIN_LENGTH_MAX) {
    messages.push(`runAsUserName's Domain length must be under ${DOMAIN_LENGTH_MAX} characters`);
  }
  if (domain !== undefined && !NET_BIOS.test(domain) && !DNS_DOMAIN.test(domain)) {
    messages.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  }
  if (user === '') {
    messages.push("runAsUserName's User cannot be empty");
  } else if (user.length > USER_LENGTH_MAX) {
    messages.push(
      `runAsUserName's User length must not be longer than ${USER_LENGTH_MAX} characters`,
    );
  }
  if (/^[. ]+$/.test(user)) {
    messages.push("runAsUserName's User cannot contain only periods or spaces");
  }
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
    const bad = '"/\\:;|=,+*?<>@[]';
    messages.push(`runAsUserName's User cannot contain the following characters: ${bad}`);
  }
  return messages;
}

function hasHostProcess({ securityContext }: AnyContainer): boolean {
  return securityContext?.windowsOptions?.hostProcess !== undefined;
}

/** Checks that host processes of Windows are all of a pod's containers, on the host's network. */
export function validateHostProcesses(spec: PodSpec, at: Path, errors: FieldError[]): void {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  if (ofPod === undefined && !someContainer(spec, hasHostProcess)) return;
  let containers = 0;
  let hostProcesses = 0;
  visitContainers(spec, at, (container, containerAt) => {
    containers += 1;
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (own !== undefined && ofPod !== undefined && own !== ofPod) {
      const detail = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      const fieldAt = containerAt.child('securityContext', 'windowsOptions', 'hostProcess');
      errors.push(invalid(fieldAt, own, detail));
    }
    if (own ?? ofPod) hostProcesses += 1;
  });
  if (hostProcesses === 0) return;
  if (hostProcesses !== containers) {
    const detail =
      'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    errors.push(invalid(at, '', detail));
  }
  if (!spec.hostNetwork) {
    const detail = 'hostNetwork must be true if pod contains any hostProcess containers';
    errors.push(invalid(at.child('hostNetwork'), false, detail));
  }
}

/** Of a pod's securityContext; the marked ones stand in the spec itself in the v1 API. */
const NOT_FOR_WINDOWS = [
  'appArmorProfile',
  'seLinuxOptions',
  'spec.hostUsers',
  'spec.hostPID',
  'spec.hostIPC',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'spec.shareProcessNamespace',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'seLinuxChangePolicy',
] as const;

const NOT_FOR_WINDOWS_CONTAINER = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const;

const WINDOWS_DETAIL = 'cannot be set for a windows pod';

/** Checks that a pod for Windows sets nothing that only Linux knows. */
export function validateForWindows(spec: PodSpec, at: Path, errors: FieldError[]): void {
  const context = (spec.securityContext ?? {}) as Readonly<Record<string, unknown>>;
  const fields = spec as unknown as Readonly<Record<string, unknown>>;
  for (const name of NOT_FOR_WINDOWS) {
    const ofSpec = name.startsWith('spec.') ? name.slice('spec.'.length) : undefined;
    const value = ofSpec === undefined ? context[name] : fields[ofSpec];
    const isFlag = ofSpec === 'hostPID' || ofSpec === 'hostIPC';
    if (value === undefined || (isFlag && value === false)) continue;
    if (name === 'sysctls' && (value as unknown[]).length === 0) continue;
    const fieldAt = ofSpec === undefined ? at.child('securityContext', name) : at.child(ofSpec);
    errors.push(forbidden(fieldAt, WINDOWS_DETAIL));
  }
  visitContainers(spec, at, ({ securityContext }, containerAt) => {
    for (const name of NOT_FOR_WINDOWS_CONTAINER) {
      if (securityContext?.[name] === undefined) continue;
      errors.push(forbidden(containerAt.child('securityContext', name), WINDOWS_DETAIL));
    }
  });
}

/** Checks that a pod for Linux sets nothing that only Windows knows. */
export function validateForLinux(spec: PodSpec, at: Path, errors: FieldError[]): void {
  const detail = 'windows options cannot be set for a linux pod';
  if (spec.securityContext?.windowsOptions !== undefined) {
    errors.push(forbidden(at.child('securityContext', 'windowsOptions'), detail));
  }
  visitContainers(spec, at, ({ securityContext }, containerAt) => {
    if (securityContext?.windowsOptions === undefined) return;
    errors.push(forbidden(containerAt.child('securityContext', 'windowsOptions'), detail));
  });
}
