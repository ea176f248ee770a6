import { ApiError } from '../../objects/api-error.ts';
import {
  CompactedError,
  FutureRevisionError,
  type KeyValue,
  type Watch,
} from '../../storage/store.ts';
import type { Stored } from '../../storage/stored.ts';
import { tooLarge, tooOld } from '../errors.ts';
import type { ApiResponse } from '../handler.ts';
import { type ListOptions, readListOptions } from '../list-options.ts';
import { parseSelection, type Selection } from '../selection.ts';
import type { Call, ServerParts } from '../server-parts.ts';
import { makeFrame } from '../shapes.ts';
import { FrameMaker } from '../watch/frame-maker.ts';
import { WatchStream } from '../watch/watch-stream.ts';
import { selectObjects } from './list.ts';

/** Without timeoutSeconds a watch lasts between one and two times this, as upstream. */
const TIMEOUT_SECONDS_MIN = 1_800;

/** Follows a collection from a revision on. */
export async function watchObjects(server: ServerParts, call: Call): Promise<ApiResponse> {
  const { request, resource, target } = call;
  const options = readListOptions(request.query);
  const selection = parseSelection(resource, options);
  const frames = new FrameMaker(server.clock, call, selection);
  const initial = await readInitial(server, call, options, selection);
  const prefix =
    selection.name !== undefined && (target.namespace !== '' || !resource.kind.namespaced)
      ? resource.keyOf(target.namespace, selection.name)
      : resource.prefixOf(target.namespace);
  const seconds =
    options.timeoutSeconds ?? Math.floor(TIMEOUT_SECONDS_MIN * (1 + server.prng.next()));
  let source: Watch<Stored> | null = null;
  let failure: ApiError | null = null;
  try {
    source = server.store.watch(prefix, initial.revision);
  } catch (error) {
    failure = watchFailure(error, initial.revision, server.store.revision);
  }
  const body = new WatchStream({
    clock: server.clock,
    source,
    frames,
    initial: initial.items,
    endsInitialWith: options.sendInitialEvents === true && options.allowWatchBookmarks,
    revision: initial.revision,
    bookmarks: options.allowWatchBookmarks,
    timeoutMs: seconds * 1000,
    signal: request.signal,
    failureOf: (error) => watchFailure(error, initial.revision, server.store.revision),
  });
  if (failure !== null) body.fail(makeFrame('ERROR', failure.toStatus()));
  return { status: 200, headers: {}, body };
}

interface Initial {
  readonly items: readonly KeyValue<Stored>[];
  readonly revision: number;
}

/** What a watch begins with: the present objects, unless it goes on from a revision. */
async function readInitial(
  server: ServerParts,
  call: Call,
  options: ListOptions,
  selection: Selection,
): Promise<Initial> {
  const { resourceVersion, sendInitialEvents } = options;
  const fromStart = resourceVersion === null || resourceVersion === 0;
  if (sendInitialEvents === true || (sendInitialEvents === null && fromStart)) {
    if (!fromStart && resourceVersion > server.store.revision) {
      throw tooLarge(resourceVersion, server.store.revision);
    }
    const listing = { ...options, limit: 0, continueToken: '', resourceVersion: null };
    const { namespace } = call.target;
    return selectObjects(server, call.resource, namespace, listing, selection, call.request);
  }
  return { items: [], revision: fromStart ? server.store.revision : resourceVersion };
}

/** What ends a watch whose store watch threw. */
function watchFailure(error: unknown, requested: number, current: number): ApiError {
  if (error instanceof CompactedError) return tooOld(requested, error.compactedRevision);
  if (error instanceof FutureRevisionError) return tooLarge(requested, current);
  return new ApiError('InternalError', error instanceof Error ? error.message : String(error));
}
