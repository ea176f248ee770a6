import { qualifiedName } from '../../names.ts';

const CONTAINER_RESOURCES: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** Counted in whole numbers. */
const COUNTED = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
];

const STANDARD: ReadonlySet<string> = new Set([
  ...CONTAINER_RESOURCES,
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'storage',
  'requests.storage',
  ...COUNTED,
]);

/** Whether `name` is a resource of Kubernetes itself: without a domain, or of kubernetes.io. */
function isNativeResource(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

/** Whether `name` stands for huge pages of one size. */
export function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-');
}

/** Whether a container may ask for less of a resource than its limit. */
export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePages(name);
}

/** Whether `name` is a device or the like that a plugin of the node offers. */
function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith('requests.')) return false;
  return qualifiedName(`requests.${name}`).length === 0;
}

/** Whether a resource comes in whole numbers only. */
export function isIntegerResource(name: string): boolean {
  return COUNTED.includes(name) || isExtendedResource(name);
}

/** Whether `spec.resources` of a whole pod may name a resource. */
export function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || isHugePages(name);
}

/** Complaints about the name of any resource. */
function resourceName(name: string): string[] {
  const messages = qualifiedName(name);
  if (messages.length > 0 || name.includes('/')) return messages;
  const known = STANDARD.has(name) || /^(?:requests\.)?hugepages-/.test(name);
  return known ? [] : ['must be a standard resource type or fully qualified'];
}

/** Complaints about the name of a resource that a container asks for. */
export function containerResourceName(name: string): string[] {
  if (CONTAINER_RESOURCES.has(name)) return [];
  const messages = resourceName(name);
  if (!name.includes('/')) {
    if (!isHugePages(name)) messages.push('must be a standard resource for containers');
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    messages.push("doesn't follow extended resource name standard");
  }
  return messages;
}

/** Complaints about the name of a resource of a whole pod, but whether that may have it. */
export const podResourceName = resourceName;
