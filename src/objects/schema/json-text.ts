/**
 * Reads JSON from clients: bounded in depth, and able to tell of fields that stand twice in an
 * object, which JSON.parse passes over in silence.
 */

import { goQuote } from '../go-quote.ts';

/**
 * Deeper values are refused. Upstream allows 10,000, but each level costs stack here, in every
 * walk over the value; no real object comes near.
 */
const JSON_DEPTH_MAX = 1_000;

/** A text that is no JSON. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';
}

/**
 * Parses JSON.
 *
 * @throws JsonTextError in Go's words
 */
export function parseJson(text: string): unknown {
  // Each level opens and closes, so a shorter text (most are) cannot be too deep.
  if (text.length > 2 * JSON_DEPTH_MAX && depthOf(text) > JSON_DEPTH_MAX)
    throw new JsonTextError('exceeded max depth');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new JsonTextError(goSyntaxError(error instanceof Error ? error.message : '', text));
  }
}

/** What V8 complains about, and how Go goes on after `invalid character 'x' `. */
const COMPLAINTS: readonly (readonly [RegExp, string])[] = [
  [/after property name|':'/, 'after object key'],
  [/property name/, 'looking for beginning of object key string'],
  [/after property value/, 'after object key:value pair'],
  [/after array element/, 'after array element'],
  [/non-whitespace character after JSON/, 'after top-level value'],
  [/control character/, 'in string literal'],
  [/escape/i, 'in string escape code'],
];

/** V8's complaint in Go's words. */
function goSyntaxError(message: string, text: string): string {
  if (/end of JSON input|Unterminated string/.test(message)) return 'unexpected end of JSON input';
  const token = /^Unexpected token '?(.+?)'?(?:,| in|$)/su.exec(message)?.[1];
  const position = /at position (\d+)/.exec(message)?.[1];
  const character = token ?? text[Number(position)];
  if (character === undefined) return 'unexpected end of JSON input';
  const shown = goQuote(character).slice(1, -1).replace('\\"', '"').replace("'", "\\'");
  const [, where] = COMPLAINTS.find(([pattern]) => pattern.test(message)) ?? [];
  return `invalid character '${shown}' ${where ?? 'looking for beginning of value'}`;
}

/** The deepest nesting of a text, were it JSON. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth++;
      if (depth > deepest) deepest = depth;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
  }
  return deepest;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** The index of the quote that ends the string which starts at `start`; the text's end if none. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = end - 1;
    while (text.charCodeAt(slashes) === BACKSLASH) slashes--;
    if ((end - 1 - slashes) % 2 === 0) return end;
  }
  return text.length;
}

/** The index of the first character at or after `at` that is not white space. */
function skipSpace(text: string, at: number): number {
  let next = at;
  for (;;) {
    const code = text.charCodeAt(next);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return next;
    next++;
  }
}

/** How many field names a (valid) JSON text holds: more than its parsed value where some double. */
export function countKeys(text: string): number {
  let keys = 0;
  for (let start = text.indexOf('"'); start >= 0; ) {
    const end = endOfString(text, start);
    if (text.charCodeAt(skipSpace(text, end + 1)) === COLON) keys++;
    start = text.indexOf('"', end + 1);
  }
  return keys;
}

interface Level {
  /** Names met in this object; undefined for a list. */
  readonly names: Set<string> | undefined;
  readonly path: string;
  index: number;
  key: string;
}

/** The paths of fields that stand twice in their object (`spec.containers[0].image`), in order. */
export function findDuplicates(text: string): string[] {
  const found: string[] = [];
  const levels: Level[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const level = levels.at(-1);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (level?.names !== undefined && text.charCodeAt(skipSpace(text, end + 1)) === COLON)
        meetKey(level, JSON.parse(text.slice(at, end + 1)) as string, found);
      at = end;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET)
      levels.push({
        names: code === OPEN_BRACE ? new Set() : undefined,
        path: level === undefined ? '' : childPath(level),
        index: 0,
        key: '',
      });
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) levels.pop();
    else if (code === 0x2c && level !== undefined) level.index++;
  }
  return found;
}

function meetKey(level: Level, key: string, found: string[]): void {
  level.key = key;
  if (level.names!.has(key)) found.push(childPath(level));
  else level.names!.add(key);
}

function childPath(level: Level): string {
  if (level.names === undefined) return `${level.path}[${level.index}]`;
  return level.path === '' ? level.key : `${level.path}.${level.key}`;
}
