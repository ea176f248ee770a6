import type { Pod } from '../../generated/types.ts';
import { ApiError } from '../../objects/api-error.ts';
import { apiReference } from '../../objects/core/pod/api-reference.ts';
import { podKind } from '../../objects/core/pod/pod.ts';
import { type FieldError, joinMessages, message } from '../../objects/field-error.ts';
import type { KubeObject } from '../../objects/meta.ts';
import { dns1123Label, dns1123Subdomain } from '../../objects/names.ts';
import { decodeBody } from '../../objects/schema/decode.ts';
import { podHash } from './pod-hash.ts';

export const HASH_ANNOTATION = 'kubernetes.io/config.hash';
export const SOURCE_ANNOTATION = 'kubernetes.io/config.source';
const SEEN_ANNOTATION = 'kubernetes.io/config.seen';
/** On the mirror in the API: the hash of the static pod that it shows. */
export const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

/**
 * The pod that a file describes, as this node runs it: upstream's defaults of static pods, and the
 * API's.
 *
 * @param value the file's content
 * @param now epoch ms, for the annotation that says since when it is known
 * @throws Error with upstream's text when it cannot be run
 */
export function staticPod(value: unknown, file: string, node: string, now: number): Pod {
  const pod = decoded(value);
  const { metadata } = pod;
  if (!metadata.name) throw new Error('invalid pod: name is needed for the pod');
  delete pod.status;
  metadata.namespace ||= 'default';
  // What tells one such pod from another is made here, whatever the file says.
  const { annotations = {} } = metadata;
  for (const name of [HASH_ANNOTATION, SOURCE_ANNOTATION, SEEN_ANNOTATION, MIRROR_ANNOTATION]) {
    delete annotations[name];
  }
  delete metadata.uid;
  const uid = podHash({ ...pod, metadata: { ...metadata, annotations } }, node, file);
  metadata.uid = uid;
  metadata.name = `${metadata.name}-${node.toLowerCase()}`;
  metadata.annotations = {
    ...annotations,
    [HASH_ANNOTATION]: uid,
    [SEEN_ANNOTATION]: new Date(now).toISOString(),
    [SOURCE_ANNOTATION]: 'file',
  };
  pod.spec.nodeName = node;
  // Nothing is to drive it from its node.
  const toleration = { operator: 'Exists', effect: 'NoExecute' };
  pod.spec.tolerations = [...(pod.spec.tolerations ?? []).filter(differs(toleration)), toleration];
  podKind.prepareForCreate?.(pod as unknown as KubeObject, { now });
  delete pod.status;
  check(pod);
  return pod;
}

function decoded(value: unknown): Pod {
  try {
    const { object } = decodeBody(podKind, { value });
    podKind.defaults?.(object);
    return object as unknown as Pod;
  } catch (error) {
    if (error instanceof ApiError) throw new Error(`invalid pod: ${error.message}`);
    throw error;
  }
}

function check(pod: Pod): void {
  const object = pod as unknown as KubeObject;
  const { name = '', namespace = '' } = pod.metadata;
  const texts = [
    ...dns1123Subdomain(name).map((text) => `metadata.name: Invalid value: "${name}": ${text}`),
    ...dns1123Label(namespace).map(
      (text) => `metadata.namespace: Invalid value: "${namespace}": ${text}`,
    ),
    ...errorsOf(podKind.validate?.(object)),
    ...errorsOf(podKind.validateCreate?.(object)),
  ];
  if (texts.length > 0) throw new Error(`invalid pod: ${joinMessages(texts)}`);
  const reference = apiReference(pod);
  if (reference !== undefined) throw new Error(`static pods may not reference ${reference}`);
}

function errorsOf(errors: readonly FieldError[] = []): string[] {
  return errors.map(message);
}

function differs({ operator, effect }: { operator: string; effect: string }) {
  return (other: { operator?: string; effect?: string; key?: string }) =>
    other.operator !== operator || other.effect !== effect || other.key !== undefined;
}
