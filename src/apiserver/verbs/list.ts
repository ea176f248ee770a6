import { type Asker, Slices } from '../../base/slices.ts';
import { ApiError } from '../../objects/api-error.ts';
import {
  CompactedError,
  FutureRevisionError,
  type KeyValue,
  type RangeResult,
} from '../../storage/store.ts';
import type { Stored } from '../../storage/stored.ts';
import { ContinueExpiredError, decodeContinue, encodeContinue } from '../continue-token.ts';
import { badRequest, tooLarge } from '../errors.ts';
import type { ApiResponse, EncodedObject } from '../handler.ts';
import type { Resource } from '../kind-table.ts';
import { type ListOptions, readListOptions } from '../list-options.ts';
import { encodeAs } from '../respond.ts';
import { parseSelection, type Selection } from '../selection.ts';
import type { Call, ServerParts } from '../server-parts.ts';
import { includeObjectOf, tableBody } from '../table.ts';

/** Items read at a time while a selector may drop most of them. */
const SELECTED_PAGE_MAX = 500;

/** Objects chosen by a list, and what its metadata says. */
export interface Listed {
  readonly items: readonly KeyValue<Stored>[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly revision: number;
}

/** Answers a collection, or a page of it. */
export async function listObjects(server: ServerParts, call: Call): Promise<ApiResponse> {
  const { request, resource, target, format } = call;
  const options = readListOptions(request.query);
  const selection = parseSelection(resource, options);
  const { items, metadata } = await selectObjects(
    server,
    resource,
    target.namespace,
    options,
    selection,
    request,
  );
  if (format.form === 'table') {
    const body = tableBody(resource, items, metadata, {
      version: format.version,
      includeObject: includeObjectOf(request.query),
      now: server.clock.now(),
      headers: true,
    });
    return { status: 200, headers: {}, body };
  }
  const encoded: EncodedObject[] = [];
  const slices = new Slices(server.clock, request);
  for (const item of items) {
    encoded.push(encodeAs(resource, format, item.value));
    if (slices.isOver) await slices.pause();
  }
  const partial = format.form === 'partial';
  return {
    status: 200,
    headers: {},
    body: {
      type: 'list',
      kind: partial ? 'PartialObjectMetadataList' : `${resource.kind.kind}List`,
      apiVersion: partial ? `meta.k8s.io/${format.version}` : resource.apiVersion,
      metadata,
      items: encoded,
    },
  };
}

/**
 * The objects that `options` and `selection` choose, at one revision.
 *
 * @throws ApiError BadRequest, Expired, Timeout
 */
export async function selectObjects(
  server: ServerParts,
  resource: Resource,
  namespace: string,
  options: ListOptions,
  selection: Selection,
  asker: Asker,
): Promise<Listed> {
  const prefix = resource.prefixOf(namespace);
  const { resourceVersion, limit } = options;
  let revision: number | undefined;
  let from: string | undefined;
  if (options.continueToken !== '') {
    if (resourceVersion !== null && resourceVersion !== 0) {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    const continuation = decodeContinue(options.continueToken);
    from = prefix + continuation.start;
    if (continuation.revision > 0) revision = continuation.revision;
  } else if (resourceVersion !== null && resourceVersion > 0) {
    if (resourceVersion > server.store.revision) {
      throw tooLarge(resourceVersion, server.store.revision);
    }
    // A limited list from a revision is exactly of that revision, unless the client says not.
    const exact =
      options.resourceVersionMatch === 'Exact' ||
      (options.resourceVersionMatch === '' && limit > 0);
    if (exact) revision = resourceVersion;
  }
  const only = selection.name;
  if (only !== undefined && (namespace !== '' || !resource.kind.namespaced)) {
    return selectOne(server, resource.keyOf(namespace, only), resource, selection, revision);
  }
  const read = { prefix, revision, from, limit };
  const page = selection.isEverything
    ? await readRange(server, read)
    : await readSelected(server, resource, selection, read, asker);
  return toListed(page, prefix, selection);
}

interface Read {
  readonly prefix: string;
  readonly revision: number | undefined;
  readonly from: string | undefined;
  readonly limit: number;
}

interface Page extends RangeResult<Stored> {
  /** The last key that was looked at. */
  readonly lastKey: string | undefined;
}

async function readRange(server: ServerParts, read: Read): Promise<Page> {
  const { prefix, revision, from, limit } = read;
  try {
    const result = await server.store.range(prefix, { revision, from, limit });
    return { ...result, lastKey: result.items.at(-1)?.key };
  } catch (error) {
    if (error instanceof CompactedError) {
      if (from !== undefined) throw new ContinueExpiredError(from.slice(prefix.length));
      const message = 'The resourceVersion for the provided list is too old.';
      throw new ApiError('Expired', message);
    }
    if (error instanceof FutureRevisionError) throw tooLarge(revision ?? 0, server.store.revision);
    throw error;
  }
}

/**
 * Reads page after page until `limit` items match, all at the revision of the first. Looking at an
 * object may mean to parse it first, so this is done in slices.
 */
async function readSelected(
  server: ServerParts,
  resource: Resource,
  selection: Selection,
  read: Read,
  asker: Asker,
): Promise<Page> {
  const slices = new Slices(server.clock, asker);
  const items: KeyValue<Stored>[] = [];
  if (read.limit === 0) {
    const page = await readRange(server, read);
    for (const item of page.items) {
      if (selection.matches(resource.view(item.value))) items.push(item);
      if (slices.isOver) await slices.pause();
    }
    return { ...page, items };
  }
  let { revision, from } = read;
  for (;;) {
    const page = await readRange(server, { ...read, revision, from, limit: SELECTED_PAGE_MAX });
    revision ??= page.revision;
    for (const [index, item] of page.items.entries()) {
      if (selection.matches(resource.view(item.value))) items.push(item);
      if (slices.isOver) await slices.pause();
      if (items.length < read.limit) continue;
      const remaining = page.remaining + page.items.length - index - 1;
      return { items, revision: page.revision, remaining, lastKey: item.key };
    }
    if (page.remaining === 0 || page.lastKey === undefined) {
      return { items, revision: page.revision, remaining: 0, lastKey: undefined };
    }
    from = `${page.lastKey}\0`;
  }
}

async function selectOne(
  server: ServerParts,
  key: string,
  resource: Resource,
  selection: Selection,
  revision: number | undefined,
): Promise<Listed> {
  const page = await readRange(server, { prefix: key, revision, from: undefined, limit: 1 });
  const items = page.items.filter(
    (item) => item.key === key && selection.matches(resource.view(item.value)),
  );
  return toListed({ ...page, items, remaining: 0 }, key, selection);
}

function toListed(page: Page, prefix: string, selection: Selection): Listed {
  const metadata: Record<string, unknown> = { resourceVersion: String(page.revision) };
  if (page.remaining > 0 && page.lastKey !== undefined) {
    const start = `${page.lastKey.slice(prefix.length)}\0`;
    metadata.continue = encodeContinue({ revision: page.revision, start });
    // With a selector nobody knows how many of the rest would match.
    if (selection.isEverything) metadata.remainingItemCount = page.remaining;
  }
  return { items: page.items, metadata, revision: page.revision };
}
