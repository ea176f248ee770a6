import type { KubeObject } from '../../objects/meta.ts';
import { badRequest } from '../errors.ts';

interface Named {
  readonly name: string;
}

/** What a spec says about where its object runs, and in which containers. */
export interface PlacedSpec {
  readonly nodeName?: string;
  readonly containers?: readonly Named[];
  readonly initContainers?: readonly Named[];
  readonly ephemeralContainers?: readonly Named[];
}

/** The spec of an object that runs on a node. */
export function placedSpec(object: KubeObject): PlacedSpec {
  return (object.spec ?? {}) as PlacedSpec;
}

/**
 * The container that a client means, for its log as for a command: upstream's validateContainer.
 *
 * @param asked what the client has named, if anything
 * @throws ApiError BadRequest
 */
export function chosenContainer(object: KubeObject, asked: unknown): string {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = placedSpec(object);
  const { name } = object.metadata;
  const all = [...initContainers, ...containers, ...ephemeralContainers].map((item) => item.name);
  if (typeof asked === 'string' && asked !== '') {
    if (all.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const [only, ...others] = containers;
  if (only !== undefined && others.length === 0) return only.name;
  const choice = containers.length === 0 ? '' : `, choose one of: [${all.join(' ')}]`;
  throw badRequest(`a container name must be specified for pod ${name}${choice}`);
}
