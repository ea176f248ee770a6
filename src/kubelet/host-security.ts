import type { AppArmorProfile, Container, Pod } from '../generated/types.ts';
import { capabilityComplaints } from './capabilities.ts';
import { allContainers } from './pod-identity.ts';

/** Which of Linux' security modules a machine has. */
export interface SecurityModules {
  readonly appArmor: boolean;
  readonly seLinux: boolean;
}

/** The profile that a container asks for: its own, else the pod's. */
export function appArmorProfileOf(pod: Pod, container: Container): AppArmorProfile | undefined {
  return container.securityContext?.appArmorProfile ?? pod.spec.securityContext?.appArmorProfile;
}

/**
 * Why AppArmor keeps a pod from running here; null when it may. A profile by name is a promise that
 * a machine without AppArmor cannot keep.
 */
export function appArmorRefusal(pod: Pod, { appArmor }: SecurityModules): string | null {
  if (appArmor || !appArmorTypes(pod).includes('Localhost')) return null;
  return 'Cannot enforce AppArmor: AppArmor is not enabled on the host';
}

/**
 * What a pod asks for in vain on a machine with these modules, though it may run. Without AppArmor
 * the runtime's default profile is none, without SELinux its options label nothing.
 */
export function unmetRequests(pod: Pod, modules: SecurityModules): [string, string][] {
  const unmet: [reason: string, message: string][] = [];
  if (!modules.appArmor && appArmorTypes(pod).includes('RuntimeDefault')) {
    unmet.push(['AppArmor', 'AppArmor profile is not enforced: not enabled on the host']);
  }
  const contexts = [pod.spec, ...allContainers(pod)].map(({ securityContext }) => securityContext);
  if (!modules.seLinux && contexts.some((context) => context?.seLinuxOptions !== undefined)) {
    unmet.push(['SELinux', 'SELinux options have no effect: not enabled on the host']);
  }
  for (const complaint of capabilityComplaints(pod)) unmet.push(['Capabilities', complaint]);
  return unmet;
}

function appArmorTypes(pod: Pod): string[] {
  return allContainers(pod).map((container) => appArmorProfileOf(pod, container)?.type ?? '');
}
