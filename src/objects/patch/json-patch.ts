import { isJsonObject, PatchError, setField } from './patch-error.ts';

/** More operations are refused, as upstream does. */
const JSON_PATCH_OPERATIONS_MAX = 10_000;
/** Copies may add as many bytes (of JSON) in all, as upstream's limit on a request's body. */
const COPIED_BYTES_MAX = 3 * 1024 * 1024;

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

type Container = unknown[] | Record<string, unknown>;

/**
 * RFC 6902: applies a list of operations to a copy of `target`. As upstream's library does, an
 * index may count from the end (-1), and `test` takes a missing field for null.
 *
 * @throws PatchError
 */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  const operations = readOperations(patch);
  const root = { document: structuredClone(target) };
  let copiedBytes = 0;
  for (const operation of operations) {
    if (operation.op === 'copy') {
      copiedBytes += JSON.stringify(get(root, operation.from ?? '')).length;
      if (copiedBytes > COPIED_BYTES_MAX)
        throw unprocessable('unable to copy: the accumulated size limit is exceeded');
    }
    apply(root, operation);
  }
  return root.document;
}

function unprocessable(message: string): PatchError {
  return new PatchError('Unprocessable', message);
}

function readOperations(patch: unknown): readonly Operation[] {
  if (!Array.isArray(patch))
    throw new PatchError('BadRequest', 'error decoding patch: a JSON patch must be a list');
  if (patch.length > JSON_PATCH_OPERATIONS_MAX)
    throw new PatchError(
      'TooLarge',
      `The allowed maximum operations in a JSON patch is ${JSON_PATCH_OPERATIONS_MAX}, got ${patch.length}`,
    );
  for (const item of patch) {
    if (!isJsonObject(item))
      throw new PatchError('BadRequest', 'error decoding patch: an operation must be an object');
    const { op, path, from } = item;
    if (typeof op !== 'string' || typeof path !== 'string')
      throw unprocessable('an operation needs op and path');
    if ((op === 'move' || op === 'copy') && typeof from !== 'string')
      throw unprocessable(`${op} operation needs from`);
    if ((op === 'add' || op === 'replace') && item.value === undefined)
      throw unprocessable(`${op} operation needs a value`);
  }
  return patch as Operation[];
}

interface Root {
  document: unknown;
}

function apply(root: Root, { op, path, from = '', value }: Operation): void {
  if (op === 'add') add(root, path, structuredClone(value));
  else if (op === 'remove') remove(root, path);
  else if (op === 'replace') replace(root, path, structuredClone(value));
  else if (op === 'move') move(root, from, path);
  else if (op === 'copy') add(root, path, structuredClone(get(root, from)));
  else if (op === 'test') test(root, path, value);
  else throw unprocessable(`Unexpected kind: ${op}`);
}

function move(root: Root, from: string, path: string): void {
  if (path.startsWith(`${from}/`)) throw unprocessable('cannot move a value into itself');
  const moved = get(root, from);
  remove(root, from);
  add(root, path, moved);
}

function test(root: Root, path: string, value: unknown): void {
  if (!isEqual(find(root, path) ?? null, value ?? null))
    throw unprocessable(`testing value ${path} failed`);
}

function parsePointer(path: string): string[] {
  if (path === '') return [];
  if (!path.startsWith('/')) throw unprocessable(`invalid path: ${path}`);
  return path
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** An item's place; undefined where there is none. */
function indexOf(list: readonly unknown[], token: string): number | undefined {
  if (!/^-?(0|[1-9][0-9]{0,8})$/.test(token)) return undefined;
  const index = Number(token) < 0 ? list.length + Number(token) : Number(token);
  return index >= 0 && index < list.length ? index : undefined;
}

function step(container: unknown, token: string): unknown {
  if (Array.isArray(container)) {
    const index = indexOf(container, token);
    return index === undefined ? undefined : container[index];
  }
  return isJsonObject(container) && Object.hasOwn(container, token) ? container[token] : undefined;
}

function find(root: Root, path: string): unknown {
  return parsePointer(path).reduce(step, root.document);
}

function get(root: Root, path: string): unknown {
  const value = find(root, path);
  if (value === undefined) throw unprocessable(`missing value at path ${path}`);
  return value;
}

/** The list or object that holds what `path` names, and its last token. */
function holder(root: Root, path: string): { container: Container; token: string } {
  const tokens = parsePointer(path);
  const token = tokens.pop()!;
  const container = tokens.reduce(step, root.document);
  if (!Array.isArray(container) && !isJsonObject(container))
    throw unprocessable(`missing container at path ${path}`);
  return { container: container as Container, token };
}

function add(root: Root, path: string, value: unknown): void {
  if (path === '') {
    root.document = value;
    return;
  }
  const { container, token } = holder(root, path);
  if (!Array.isArray(container)) {
    setField(container, token, value);
    return;
  }
  const index =
    token === '-' || token === String(container.length)
      ? container.length
      : indexOf(container, token);
  if (index === undefined) throw unprocessable(`index out of bounds at path ${path}`);
  container.splice(index, 0, value);
}

function replace(root: Root, path: string, value: unknown): void {
  get(root, path);
  if (path === '') {
    root.document = value;
    return;
  }
  const { container, token } = holder(root, path);
  if (Array.isArray(container)) container[indexOf(container, token)!] = value;
  else setField(container, token, value);
}

function remove(root: Root, path: string): void {
  get(root, path);
  if (path === '') throw unprocessable('cannot remove the whole object');
  const { container, token } = holder(root, path);
  if (Array.isArray(container)) container.splice(indexOf(container, token)!, 1);
  else delete container[token];
}

function isEqual(a: unknown, b: unknown): boolean {
  if (Array.isArray(a))
    return (
      Array.isArray(b) && a.length === b.length && a.every((item, index) => isEqual(item, b[index]))
    );
  if (!isJsonObject(a)) return a === b;
  if (!isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]))
  );
}
