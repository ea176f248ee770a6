import type { PodTemplateSpec } from '../../generated/types.ts';
import { equalJson } from '../../objects/core/immutable.ts';
import { sortedJson } from '../../objects/sorted-json.ts';

/** The label that tells the pods of one template from those of another. */
export const HASH_LABEL = 'pod-template-hash';

/** Neither vowels nor what looks like one, so that no hash is a word. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * The ending of a ReplicaSet's name: a 32-bit FNV-1a hash of its template.
 *
 * @param collisions how often the name was found taken by another template
 */
export function templateHash(template: PodTemplateSpec, collisions: number | undefined): string {
  const text = `${sortedJson(template)}${collisions ?? ''}`;
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  const letter = (digit: string) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length];
  return [...String(hash)].map(letter).join('');
}

/** Whether two templates make the same pods: the label of the hash does not count. */
export function equalTemplates(one: PodTemplateSpec = {}, other: PodTemplateSpec = {}): boolean {
  return equalJson(withoutHash(one), withoutHash(other));
}

function withoutHash({ metadata, ...rest }: PodTemplateSpec): PodTemplateSpec {
  const { [HASH_LABEL]: _, ...labels } = metadata?.labels ?? {};
  return { ...rest, metadata: { ...metadata, labels } };
}
