import { created } from '../written.ts';
import { podKind } from './pod.ts';

/** The complaints about a new pod with `spec`, which has one good container if it names none. */
export function complaints(spec: object, metadata: object = {}): readonly string[] {
  const containers = [{ name: 'c', image: 'i' }];
  return created(podKind, { metadata, spec: { containers, ...spec } }).errors;
}

/** The complaints about a new pod with one good container changed by `fields`. */
export function containerComplaints(fields: object, spec: object = {}): readonly string[] {
  return complaints({ containers: [{ name: 'c', image: 'i', ...fields }], ...spec });
}
