import { goQuote } from './go-quote.ts';
import type { Kind } from './kind.ts';
import { SelectorError } from './labels.ts';
import type { KubeObject } from './meta.ts';

/** One thing asked of an object's fields. */
interface FieldTerm {
  readonly field: string;
  readonly isEqual: boolean;
  readonly value: string;
}

/** All must hold; none asks nothing. */
export type FieldSelector = readonly FieldTerm[];

/**
 * Parses `metadata.name=a,status.phase!=Running`. A comma, equals sign or backslash in a value is
 * written with a backslash before it.
 *
 * @throws SelectorError in upstream's words
 */
export function parseFieldSelector(text: string): FieldSelector {
  const terms: FieldTerm[] = [];
  for (const [part] of text.matchAll(/(?:\\[\s\S]|[^\\,]|\\$)+/g)) {
    const match = /^((?:\\[\s\S]|[^\\=!]|!(?!=))*?)(!=|==|=)([\s\S]*)$/.exec(part);
    if (match === null)
      throw new SelectorError(`invalid selector: '${text}'; can't understand '${part}'`);
    const [, field, operator, value] = match;
    terms.push({ field: field!, isEqual: operator !== '!=', value: unescapeValue(value!) });
  }
  return terms;
}

function unescapeValue(text: string): string {
  let value = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '\\') {
      const next = text[++at] ?? '';
      if (next === '' || !'\\,='.includes(next))
        throw new SelectorError(`invalid field selector: invalid escape sequence: \\${next}`);
      value += next;
    } else if (character === ',' || character === '=') {
      const code = character.charCodeAt(0);
      throw new SelectorError(`invalid field selector: unescaped character in value: ${code}`);
    } else value += character;
  }
  return value;
}

/**
 * Checks that `kind` can be selected by the fields asked for.
 *
 * @throws SelectorError in upstream's words
 */
export function checkFieldSelector(selector: FieldSelector, kind: Pick<Kind, 'fieldNames'>): void {
  for (const { field } of selector) {
    if (field === 'metadata.name' || field === 'metadata.namespace') continue;
    if (kind.fieldNames?.includes(field)) continue;
    throw new SelectorError(
      kind.fieldNames === undefined
        ? `${goQuote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
        : `field label not supported: ${field}`,
    );
  }
}

/** Whether `object` is selected. `fields` is asked only for what metadata does not answer. */
export function matchesFields<T extends KubeObject>(
  selector: FieldSelector,
  object: T,
  fields?: (object: T) => Readonly<Record<string, string>>,
): boolean {
  let values: Readonly<Record<string, string>> | undefined;
  for (const { field, isEqual, value } of selector) {
    let actual: string | undefined;
    if (field === 'metadata.name') actual = object.metadata.name;
    else if (field === 'metadata.namespace') actual = object.metadata.namespace;
    else {
      values ??= fields?.(object) ?? {};
      actual = values[field];
    }
    if (((actual ?? '') === value) !== isEqual) return false;
  }
  return true;
}

/** The name that `selector` pins an object to, if any: such a list is a single read. */
export function pinnedName(selector: FieldSelector): string | undefined {
  return selector.find(({ field, isEqual }) => isEqual && field === 'metadata.name')?.value;
}
