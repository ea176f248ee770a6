import type { Pod, PodSpec, SecurityContext } from '../../../generated/types.ts';
import { type AnyContainer, visitContainers } from '../../../objects/core/pod/any-container.ts';
import { Path } from '../../../objects/path.ts';

/** A pod, or what a template would make one from. */
export type PodShape = Pick<Pod, 'metadata' | 'spec'>;

/** What a check has against a pod: in short, and which part of it in particular. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

/** Judges a pod; null when it has nothing against it. Pure. */
export type Check = (pod: PodShape) => Violation | null;

const SPEC_AT = Path.of('spec');

/** Every container of a pod: init containers, regular and ephemeral ones. */
export function containersOf(spec: PodSpec): AnyContainer[] {
  const containers: AnyContainer[] = [];
  visitContainers(spec, SPEC_AT, (container) => containers.push(container));
  return containers;
}

/** The names of the containers whose security context (empty where it has none) `isBad`. */
export function badContainers(spec: PodSpec, isBad: (own: SecurityContext) => boolean): string[] {
  return containersOf(spec)
    .filter(({ securityContext }) => isBad(securityContext ?? {}))
    .map(({ name }) => name);
}

/** `containers "a", "b"`. */
export function containersText(names: readonly string[]): string {
  return `${plural('container', names)} ${quoted(names)}`;
}

/** `pod and container "a"`: who set something that is not allowed. */
export function settersText(isPod: boolean, containers: readonly string[]): string {
  const setters = isPod ? ['pod'] : [];
  if (containers.length > 0) setters.push(containersText(containers));
  return setters.join(' and ');
}

/** `word`, or `words` unless there is one of them. */
export function plural(word: string, items: readonly unknown[], words = `${word}s`): string {
  return items.length === 1 ? word : words;
}

/** `"a", "b"`, with nothing escaped, as upstream's messages have it. */
export function quoted(items: readonly string[]): string {
  return `"${items.join('", "')}"`;
}

/** Each value once, in order. */
export function sorted(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

/** Whether a pod says that it is for Windows, where some of Linux' settings do not exist. */
export function isForWindows({ os }: PodSpec): boolean {
  return os?.name === 'windows';
}
