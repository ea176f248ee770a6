import {
  type FieldError,
  forbidden,
  invalid,
  joinMessages,
  message,
  Path,
  required,
} from './field-error.ts';
import { labelValue, qualifiedName } from './names.ts';

/** Upstream's names for what a requirement may ask. */
type SelectorOperator = 'in' | 'notin' | '=' | '==' | '!=' | 'gt' | 'lt' | 'exists' | '!';

/** One thing asked of an object's labels. */
export interface Requirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  readonly values: readonly string[];
}

/** All must hold; none asks nothing. null selects no object at all. */
export type Selector = readonly Requirement[] | null;

/** metav1.LabelSelector. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** A selector that nothing checked yet: its expressions may lack what they need. */
export interface UncheckedSelector extends Pick<LabelSelector, 'matchLabels'> {
  readonly matchExpressions?: readonly {
    readonly key?: string;
    readonly operator?: string;
    readonly values?: readonly string[];
  }[];
}

/** A text that is no selector. The message is upstream's. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

/** Selects all objects. */
export const everything: Selector = [];

type Labels = Readonly<Record<string, string>> | undefined;

/** Whether `labels` are selected. */
export function matchesLabels(selector: Selector, labels: Labels): boolean {
  return selector?.every((requirement) => matchesRequirement(requirement, labels)) ?? false;
}

function matchesRequirement({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'in':
    case '=':
    case '==':
      return value !== undefined && values.includes(value);
    case 'notin':
    case '!=':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    default:
      return value !== undefined && comparesAs(operator, value, values[0]!);
  }
}

function comparesAs(operator: 'gt' | 'lt', value: string, bound: string): boolean {
  if (!isInteger(value) || !isInteger(bound)) return false;
  return operator === 'gt' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
}

function isInteger(text: string): boolean {
  return /^-?[0-9]{1,19}$/.test(text);
}

/** The selector of a plain map, such as a Service's: all its labels must be there. */
export function selectorFromMap(labels: Labels): Selector {
  return Object.entries(labels ?? {}).map(([key, value]) => ({
    key,
    operator: '=',
    values: [value],
  }));
}

const EXPRESSIONS: Readonly<Record<string, SelectorOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

/**
 * The selector of a (validated) metav1.LabelSelector. A missing one selects nothing, an empty one
 * everything.
 */
export function selectorFrom(selector: LabelSelector | null | undefined): Selector {
  if (selector === null || selector === undefined) return null;
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }) => ({
    key,
    operator: EXPRESSIONS[operator] ?? 'in',
    values: values ?? [],
  }));
  return [...selectorFromMap(selector.matchLabels)!, ...expressions];
}

/** Writes a selector so that it can be parsed again; the empty text for everything. */
export function formatSelector(selector: readonly Requirement[]): string {
  return selector
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(formatRequirement)
    .join(',');
}

function formatRequirement({ key, operator, values }: Requirement): string {
  const list = [...values].sort().join(',');
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${list})`;
    case 'gt':
      return `${key}>${list}`;
    case 'lt':
      return `${key}<${list}`;
    default:
      return `${key}${operator}${list}`;
  }
}

type TokenType = 'end' | 'identifier' | 'error' | ')' | '(' | ',' | SelectorOperator;

interface Token {
  readonly type: TokenType;
  readonly text: string;
}

const SYMBOLS: ReadonlyMap<string, TokenType> = new Map([
  [')', ')'],
  ['(', '('],
  [',', ','],
  ['!', '!'],
  ['=', '='],
  ['==', '=='],
  ['!=', '!='],
  ['>', 'gt'],
  ['<', 'lt'],
  ['in', 'in'],
  ['notin', 'notin'],
]);

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const [word] of text.matchAll(/[^=!(),<>\s]+|==|!=|[=!(),<>]/g))
    tokens.push({
      type: SYMBOLS.get(word) ?? 'identifier',
      text: word,
    });
  tokens.push({ type: 'end', text: '' });
  return tokens;
}

/** Reads tokens in upstream's grammar, with upstream's complaints. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    if (this.#peek().type === 'end') return requirements;
    const { type, text } = this.#peek();
    if (type !== 'identifier' && type !== '!')
      throw new SelectorError(`found '${text}', expected: !, identifier, or 'end of string'`);
    for (;;) {
      requirements.push(this.#requirement());
      const next = this.#take();
      if (next.type === 'end') return requirements;
      if (next.type !== ',')
        throw new SelectorError(`found '${next.text}', expected: ',' or 'end of string'`);
      const after = this.#peek();
      if (after.type !== 'identifier' && after.type !== '!')
        throw new SelectorError(`found '${after.text}', expected: identifier after ','`);
    }
  }

  /** The next token; `in` and `notin` are words but where an operator is due. */
  #peek(): Token {
    const token = this.#tokens[this.#at] ?? { type: 'end', text: '' };
    const isWord = token.type === 'in' || token.type === 'notin';
    return isWord ? { type: 'identifier', text: token.text } : token;
  }

  #take(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  #requirement(): Requirement {
    try {
      let token = this.#take();
      const isAbsent = token.type === '!';
      if (isAbsent) token = this.#take();
      if (token.type !== 'identifier')
        throw new SelectorError(`found '${token.text}', expected: identifier`);
      const key = token.text;
      const complaints = qualifiedName(key);
      if (complaints.length > 0)
        throw new SelectorError(message(invalid('<nil>', key, complaints.join('; '))));
      if (isAbsent) return { key, operator: '!', values: [] };
      const next = this.#peek();
      if (next.type === 'end' || next.type === ',') return { key, operator: 'exists', values: [] };
      const operator = this.#operator();
      const isSet = operator === 'in' || operator === 'notin';
      return checked({ key, operator, values: isSet ? this.#values() : [this.#value()] });
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      throw new SelectorError(`unable to parse requirement: ${error.message}`);
    }
  }

  #operator(): SelectorOperator {
    const { type, text } = this.#tokens[this.#at++]!;
    switch (type) {
      case 'in':
      case 'notin':
      case '=':
      case '==':
      case '!=':
      case 'gt':
      case 'lt':
        return type;
      default:
        throw new SelectorError(`found '${text}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  #value(): string {
    const { type } = this.#peek();
    if (type === 'end' || type === ',') return '';
    const token = this.#take();
    if (token.type !== 'identifier')
      throw new SelectorError(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  /** `(a,b)`; an empty place between commas is the empty value. */
  #values(): string[] {
    const open = this.#take();
    if (open.type !== '(') throw new SelectorError(`found '${open.text}' expected: '('`);
    const values = new Set<string>();
    for (let isDue = true; ; ) {
      const { type, text } = this.#take();
      if (type === 'identifier' && isDue) {
        values.add(text);
        isDue = false;
      } else if (type === ',' || type === ')') {
        if (isDue) values.add('');
        isDue = true;
        if (type === ')') return [...values].sort();
      } else
        throw new SelectorError(
          `found '${text}', expected: ${isDue ? "',', or identifier" : "',' or ')'"}`,
        );
    }
  }
}

function checked(requirement: Requirement): Requirement {
  const { key, operator, values } = requirement;
  const errors: FieldError[] = [];
  for (const [index, value] of values.entries()) {
    const at = Path.of('values').index(index);
    if ((operator === 'gt' || operator === 'lt') && !isInteger(value))
      errors.push(invalid(at, value, "for 'Gt', 'Lt' operators, the value must be an integer"));
    const complaints = labelValue(value);
    if (complaints.length > 0) errors.push(invalid(at.key(key), value, complaints.join('; ')));
  }
  if (errors.length > 0) throw new SelectorError(joinMessages(errors.map(message)));
  return requirement;
}

/**
 * Parses a selector as `kubectl -l` takes it: `a=b,c!=d,e in (f,g),!h,i>1`.
 *
 * @throws SelectorError
 */
export function parseSelector(text: string): readonly Requirement[] {
  return new Parser(text).parse();
}

/** Checks a map of labels, as upstream's ValidateLabels. */
export function validateLabels(labels: Labels, path: Path): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const text of qualifiedName(key)) errors.push(invalid(path, key, text));
    for (const text of labelValue(value)) errors.push(invalid(path.key(key), value, text));
  }
  return errors;
}

/**
 * Checks a metav1.LabelSelector, as upstream's ValidateLabelSelector. A key or operator that is
 * missing counts as empty, and as such is complained about.
 */
export function validateLabelSelector(
  selector: UncheckedSelector | null | undefined,
  path: Path,
): FieldError[] {
  if (selector === null || selector === undefined) return [];
  const errors = validateLabels(selector.matchLabels, path.child('matchLabels'));
  for (const [index, expression] of (selector.matchExpressions ?? []).entries()) {
    const at = path.child('matchExpressions').index(index);
    const { key = '', operator = '', values = [] } = expression;
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0)
        errors.push(
          required(at.child('values'), "must be specified when `operator` is 'In' or 'NotIn'"),
        );
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0)
        errors.push(
          forbidden(
            at.child('values'),
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
          ),
        );
    } else errors.push(invalid(at.child('operator'), operator, 'not a valid selector operator'));
    for (const text of qualifiedName(key)) errors.push(invalid(at.child('key'), key, text));
    for (const [position, value] of values.entries())
      for (const text of labelValue(value))
        errors.push(invalid(at.child('values').index(position), value, text));
  }
  return errors;
}

/** A map of labels as text, keys sorted: `a=b,c=d`; `<none>` for none. */
export function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '<none>' : pairs.sort().join(',');
}
