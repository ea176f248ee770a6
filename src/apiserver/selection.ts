import {
  checkFieldSelector,
  matchesFields,
  parseFieldSelector,
  pinnedName,
} from '../objects/field-selector.ts';
import { matchesLabels, parseSelector, SelectorError } from '../objects/labels.ts';
import type { KubeObject } from '../objects/meta.ts';
import { badRequest } from './errors.ts';
import type { Resource } from './kind-table.ts';

/** Which objects of a collection a list or watch is about. */
export interface Selection {
  /** True without selectors. */
  readonly isEverything: boolean;
  /** The one name that can match, where a field selector says so. */
  readonly name: string | undefined;
  matches(object: KubeObject): boolean;
}

const EVERYTHING: Selection = { isEverything: true, name: undefined, matches: () => true };

/** @throws ApiError BadRequest */
export function parseSelection(
  { kind }: Resource,
  options: { readonly labelSelector: string; readonly fieldSelector: string },
): Selection {
  const { labelSelector, fieldSelector } = options;
  if (labelSelector === '' && fieldSelector === '') return EVERYTHING;
  try {
    const labels = parseSelector(labelSelector);
    const fields = parseFieldSelector(fieldSelector);
    checkFieldSelector(fields, kind);
    if (labels.length === 0 && fields.length === 0) return EVERYTHING;
    return {
      isEverything: false,
      name: pinnedName(fields),
      matches: (object) =>
        matchesLabels(labels, object.metadata.labels) && matchesFields(fields, object, kind.fields),
    };
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}
