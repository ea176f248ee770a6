import type { ApiError } from '../objects/api-error.ts';
import { badRequest, methodNotAllowed, noSuchResource } from './errors.ts';
import type { ApiRequest, ApiResponse } from './handler.ts';
import type { Load } from './in-flight.ts';
import type { KindTable, Resource } from './kind-table.ts';
import { type FormSet, negotiate, OBJECT_FORMS, PLAIN_FORMS } from './negotiate.ts';
import { parseResourcePath, type ResourceRequest, type Verb, verbOf } from './request-info.ts';
import type { Call, ServerParts } from './server-parts.ts';
import { postAction } from './verbs/action.ts';
import { getComputed, listComputed } from './verbs/computed.ts';
import { connect } from './verbs/connect.ts';
import { createObject } from './verbs/create.ts';
import { deleteObject } from './verbs/delete.ts';
import { deleteCollection } from './verbs/delete-collection.ts';
import { getObject } from './verbs/get.ts';
import { listObjects } from './verbs/list.ts';
import { connectToNode } from './verbs/node.ts';
import { patchObject } from './verbs/patch.ts';
import { postQuestion } from './verbs/question.ts';
import { updateObject } from './verbs/update.ts';
import { getView, patchView, updateView } from './verbs/view.ts';
import { watchObjects } from './verbs/watch.ts';

type VerbHandler = (server: ServerParts, call: Call) => Promise<ApiResponse>;

const HANDLERS: Readonly<Record<Verb, VerbHandler>> = {
  get: getObject,
  list: listObjects,
  watch: watchObjects,
  create: createObject,
  update: updateObject,
  patch: patchObject,
  delete: deleteObject,
  deletecollection: deleteCollection,
};

const COLLECTION_VERBS: ReadonlySet<Verb> = new Set([
  'list',
  'watch',
  'create',
  'deletecollection',
]);
const OBJECT_SUBRESOURCE_VERBS: ReadonlySet<Verb> = new Set(['get', 'update', 'patch']);
const VIEW_HANDLERS: Partial<Readonly<Record<Verb, VerbHandler>>> = {
  get: getView,
  update: updateView,
  patch: patchView,
};

/** What a request for a resource asks, before anybody looks whether that exists. */
export interface Asked {
  readonly target: ResourceRequest;
  readonly verb: Verb;
}

/** What `request` asks of a resource; null when its path names none. */
export function askedOf(request: ApiRequest): Asked | null {
  const target = parseResourcePath(request.path);
  if (target === null) return null;
  const verb = verbOf(request.method, target, request.query);
  if (verb === null) throw methodNotAllowed();
  return { target, verb };
}

/** A request that can be carried out. */
export interface Dispatch {
  readonly call: Call;
  readonly handler: VerbHandler;
  readonly load: Load;
}

/**
 * Finds the kind, the way of answering and the handler for what was asked.
 *
 * @throws ApiError NotFound, MethodNotAllowed, NotAcceptable
 */
export function dispatch(kinds: KindTable, request: ApiRequest, { target, verb }: Asked): Dispatch {
  const resource = kinds.get(target.group, target.version, target.resource);
  if (resource === undefined) throw noSuchResource();
  const handler = handlerOf(resource, target, verb);
  const isStream = handler === connectToNode || handler === connect;
  // A stream is not encoded, so what the client accepts is between it and the node.
  const forms = isStream ? null : formsOf(verb);
  const format =
    forms === null
      ? ({ form: 'full', version: 'v1' } as const)
      : negotiate(request.headers.accept, forms);
  const isRead = verb === 'get' || verb === 'list';
  const load = verb === 'watch' || isStream ? 'long' : isRead ? 'read' : 'write';
  return { call: { request, verb, resource, target, format }, handler, load };
}

function formsOf(verb: Verb): FormSet {
  return verb === 'deletecollection' ? PLAIN_FORMS : OBJECT_FORMS;
}

function handlerOf(resource: Resource, target: ResourceRequest, verb: Verb): VerbHandler {
  const { kind } = resource;
  const { namespace, name, subresource, rest } = target;
  if (rest !== '' && subresource === '') throw noSuchResource();
  if (subresource !== '') {
    checkPlace(kind.namespaced, namespace);
    const found = kind.subresources[subresource];
    if (found === undefined) throw noSuchResource();
    if (rest !== '' && !(found.type === 'node' && found.takesPath)) throw noSuchResource();
    if (found.type === 'object' && OBJECT_SUBRESOURCE_VERBS.has(verb)) return HANDLERS[verb];
    const viewing = found.type === 'view' ? VIEW_HANDLERS[verb] : undefined;
    if (viewing !== undefined) return viewing;
    if (found.type === 'action' && verb === 'create') return postAction;
    if (found.type === 'question' && verb === 'create') return postQuestion;
    if (found.type === 'node' && found.verbs.some((own) => own === verb)) return connectToNode;
    if (found.type === 'connect' && (verb === 'get' || verb === 'create')) return connect;
    throw methodNotAllowed();
  }
  if (kind.isQuestion) {
    checkPlace(kind.namespaced, namespace);
    if (verb === 'create' && name === '') return postQuestion;
    throw methodNotAllowed();
  }
  if (kind.isComputed && verb !== (name === '' ? 'list' : 'get')) throw methodNotAllowed();
  if (name !== '') {
    checkPlace(kind.namespaced, namespace);
    if (COLLECTION_VERBS.has(verb)) throw methodNotAllowed();
    return kind.isComputed ? getComputed : HANDLERS[verb];
  }
  if (!kind.namespaced && namespace !== '') throw noSuchResource();
  if (!COLLECTION_VERBS.has(verb)) throw methodNotAllowed();
  const isEverywhere = kind.namespaced && namespace === '';
  if (isEverywhere && verb === 'create') throw needsNamespace();
  if (isEverywhere && verb === 'deletecollection') throw methodNotAllowed();
  return kind.isComputed ? listComputed : HANDLERS[verb];
}

/** An object lives in a namespace exactly if its kind does. */
function checkPlace(namespaced: boolean, namespace: string): void {
  if (namespaced !== (namespace !== '')) throw noSuchResource();
}

function needsNamespace(): ApiError {
  return badRequest('an empty namespace may not be set during creation');
}
