import type { Container, EphemeralContainer, PodSpec } from '../../../generated/types.ts';
import type { Path } from '../../path.ts';

/** What is common to regular, init and ephemeral containers. */
export type AnyContainer = Container | EphemeralContainer;

/** Calls `visit` for every container of `spec`: init containers, regular and ephemeral ones. */
export function visitContainers(
  spec: PodSpec,
  at: Path,
  visit: (container: AnyContainer, at: Path) => void,
): void {
  visitList(spec.initContainers, at.child('initContainers'), visit);
  visitList(spec.containers, at.child('containers'), visit);
  visitList(spec.ephemeralContainers, at.child('ephemeralContainers'), visit);
}

function visitList(
  containers: readonly AnyContainer[] | undefined,
  at: Path,
  visit: (container: AnyContainer, at: Path) => void,
): void {
  for (const [index, container] of (containers ?? []).entries()) visit(container, at.index(index));
}

/** Whether `test` holds for some container of `spec`. */
export function someContainer(
  { initContainers, containers, ephemeralContainers }: PodSpec,
  test: (container: AnyContainer) => boolean,
): boolean {
  return (
    containers.some(test) ||
    (initContainers?.some(test) ?? false) ||
    (ephemeralContainers?.some(test) ?? false)
  );
}
