import type { Binding, Pod } from '../../../generated/types.ts';
import { ApiError } from '../../api-error.ts';
import { type FieldError, notSupported, required } from '../../field-error.ts';
import { goQuote } from '../../go-quote.ts';
import { Path } from '../../path.ts';
import { setPodCondition } from './conditions.ts';

const TARGET = Path.of('target');

/** Checks the Binding that a scheduler posts. */
export function validateBinding(binding: Binding): FieldError[] {
  const errors: FieldError[] = [];
  const { kind = '', name = '' } = binding.target ?? {};
  if (kind !== '' && kind !== 'Node') {
    errors.push(notSupported(TARGET.child('kind'), kind, ['Node', '<empty>']));
  }
  if (name === '') errors.push(required(TARGET.child('name')));
  return errors;
}

/**
 * Gives a pod to the node that `binding` names. `now` is epoch ms.
 *
 * @throws ApiError Conflict when the pod has a node, must not have one yet or is being deleted
 */
export function bindPod(pod: Pod, binding: Binding, now: number): void {
  const name = pod.metadata.name ?? '';
  if (pod.metadata.deletionTimestamp) {
    throw conflict(name, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (pod.spec.nodeName) {
    throw conflict(name, `pod ${name} is already assigned to node ${goQuote(pod.spec.nodeName)}`);
  }
  if (pod.spec.schedulingGates?.length) {
    throw conflict(name, `pod ${name} has non-empty .spec.schedulingGates`);
  }
  checkPreconditions(pod, binding, name);
  pod.spec.nodeName = binding.target.name;
  const { annotations } = binding.metadata ?? {};
  if (annotations) pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations };
  pod.status ??= {};
  delete pod.status.nominatedNodeName;
  setPodCondition(pod.status, { type: 'PodScheduled', status: 'True' }, now);
}

/** A binding may name the very pod that it means. */
function checkPreconditions(pod: Pod, { metadata }: Binding, name: string): void {
  const { uid, resourceVersion } = metadata ?? {};
  if (uid && uid !== pod.metadata.uid) {
    const text =
      `Precondition failed: UID in precondition: ${uid}, ` +
      `UID in object meta: ${pod.metadata.uid ?? ''}`;
    throw conflict(name, text);
  }
  if (resourceVersion && resourceVersion !== pod.metadata.resourceVersion) {
    const text =
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ` +
      `ResourceVersion in object meta: ${pod.metadata.resourceVersion ?? ''}`;
    throw conflict(name, text);
  }
}

function conflict(name: string, text: string): ApiError {
  const message = `Operation cannot be fulfilled on pods/binding ${goQuote(name)}: ${text}`;
  return new ApiError('Conflict', message, { name, kind: 'pods/binding' });
}
