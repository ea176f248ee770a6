import type { FieldError } from './field-error.ts';
import type { KubeObject } from './meta.ts';

/** A column of `kubectl get`, as upstream's printers declare it. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description: string;
  /** 0 is always shown, 1 only with `-o wide`. */
  readonly priority: number;
}

/** The row of one object. `now` (epoch ms) is for ages. */
export type CellsOf<T> = (object: T, now: number) => readonly (string | number | boolean)[];

/** What the API server knows while it prepares a write. */
export interface WriteContext {
  /** Epoch ms. */
  readonly now: number;
}

/** Rules for one way of writing an object: of the resource itself or of a subresource. */
export interface WriteRules<T> {
  /**
   * Resets what this way of writing may not touch: status on a normal update, spec on a status
   * update. `object` may be changed, `old` is frozen (copy from it freely: parts may be shared).
   */
  prepareForUpdate?(object: T, old: T, context: WriteContext): void;
  /** Runs after preparation, defaults and general metadata checks. */
  validateUpdate?(object: T, old: T): FieldError[];
  /** What is hardly meant, as the kind's `warnings` say it of a new object. */
  warnings?(object: T, old: T): string[];
}

/** A subresource with the object's own shape: `status`, `resize`, `ephemeralcontainers`. */
export interface ObjectSubresource<T> extends WriteRules<T> {
  readonly type: 'object';
}

/** A subresource that shows a part of the object as another kind, and takes it back: `scale`. */
export interface ViewSubresource<T> {
  readonly type: 'view';
  readonly shown: {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
    readonly schema: string;
  };
  /** The view of an object, with the object's name, namespace, uid and revision. */
  show(object: T): KubeObject;
  validate(view: KubeObject): FieldError[];
  /** Puts what was written into `object`, a mutable copy of the present one. */
  apply(object: T, view: KubeObject): void;

  /** How `kubectl get --subresource` shows the view. */
  readonly columns: readonly Column[];
  readonly cells: CellsOf<KubeObject>;
}

/** A subresource that takes another kind by POST and changes the object: `binding`, `eviction`. */
export interface ActionSubresource<T> {
  readonly type: 'action';
  /** The kind that is posted. */
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly schema: string;
  validate(body: KubeObject): FieldError[];
  /**
   * Changes `object` (a mutable copy of the present one) as `body` asks.
   *
   * @throws ApiError when it cannot be done, such as a Conflict
   */
  apply(object: T, body: KubeObject, context: WriteContext): void;
}

/**
 * A subresource that answers what is posted to it, and stores nothing: `token`. The API server
 * knows the answers, by the schema of the question.
 */
export interface QuestionSubresource {
  readonly type: 'question';
  /** The kind that is posted and comes back with its answer. */
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly schema: string;
  defaults?(body: KubeObject): void;
  validate?(body: KubeObject): FieldError[];
}

/** A subresource that the object's node answers: `log`; for a node itself, `proxy`. */
export interface NodeSubresource {
  readonly type: 'node';
  readonly verbs: readonly ('get' | 'create')[];
  /** The definition of its query options, such as io.k8s.api.core.v1.PodLogOptions. */
  readonly options: string;
  /** The object is the node, and understands what follows the subresource in the path. */
  readonly takesPath?: boolean;
  /** Checks the decoded options; the answer to bad ones is Invalid, of the options' kind. */
  validate?(options: Readonly<Record<string, unknown>>): FieldError[];
}

/** A subresource that connects a client to the object's node, both ways: `exec`, `portforward`. */
export interface ConnectSubresource {
  readonly type: 'connect';
  /** The kind of its query options, by which discovery knows it, and their definition. */
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly options: string;
  /** It is about one container of the object, which may go unnamed where there is but one. */
  readonly ofContainer: boolean;
  /** Says what is wrong with the decoded options; '' for nothing. */
  validate?(options: Readonly<Record<string, unknown>>): string;
}

export type Subresource<T> =
  | ObjectSubresource<T>
  | ViewSubresource<T>
  | ActionSubresource<T>
  | QuestionSubresource
  | NodeSubresource
  | ConnectSubresource;

/** How a kind with graceful deletion (pods) or finalizers of its own (namespaces) is deleted. */
export interface DeleteRules<T> {
  /**
   * Seconds between the request and the removal; 0 removes at once. `requested` is the caller's
   * gracePeriodSeconds, if any.
   */
  gracePeriodSeconds(object: T, requested: number | undefined): number;
  /** Changes the object as its deletion begins: a namespace's phase becomes Terminating. */
  prepareForDelete?(object: T, context: WriteContext): void;
  /**
   * Why a deleted object must stay although no metadata.finalizers hold it (a namespace until its
   * spec.finalizers are empty): the message of the Conflict that answers a further delete. An
   * update that leaves nothing to hold a deleted object removes it.
   */
  held?(object: T): string | undefined;
}

/**
 * All that makes a kind of object: the one record from which routes, discovery, OpenAPI, storage
 * keys, tables, patches and authorization follow. Generic code never names a kind.
 */
export interface Kind<T extends KubeObject = KubeObject> {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** The upstream name of the definition, such as io.k8s.api.core.v1.Pod. */
  readonly schema: string;

  /**
   * Another kind (`group/version/plural`, without the leading slash for core) whose stored objects
   * this one shows in its own shape, with the conversions between the two. Both must keep metadata.
   */
  readonly storedAs?: {
    readonly group: string;
    readonly version: string;
    readonly plural: string;
    fromStored(stored: KubeObject): T;
    toStored(object: T): KubeObject;
  };

  /** Messages about a bad metadata.name; none when it is good. */
  validateName(name: string): string[];
  /** Fills in upstream's defaults. Idempotent. */
  defaults?(object: T): void;
  /** Drops what a creator may not set (status) and sets first values (phase Pending). */
  prepareForCreate?(object: T, context: WriteContext): void;
  /**
   * Checks everything but metadata, which is checked for all kinds alike. A part that is the very
   * same as in `old`, which the object is to replace, was good before and needs no check.
   */
  validate?(object: T, old?: T): FieldError[];
  /** Further checks that only a new object must pass. */
  validateCreate?(object: T): FieldError[];
  /** What is allowed in a new object but is hardly meant: shown to its creator, in upstream's texts. */
  warnings?(object: T): string[];
  /** Told with every answer for a deprecated kind, such as `v1 X is deprecated in v1.33+`. */
  readonly deprecation?: string;
  /** The rules of a normal update or patch. `validate` runs before `validateUpdate`. */
  readonly update: WriteRules<T>;
  /**
   * There where metadata.generation rises when anything but metadata and status changes, and also
   * when a whole object is written and this says so.
   */
  readonly generation?: true | ((object: T, old: T) => boolean);
  /** True where an update without resourceVersion is refused (leases, endpoints may differ). */
  readonly unconditionalUpdateForbidden?: boolean;
  /** True where PUT of a missing object creates it. */
  readonly createOnUpdate?: boolean;
  readonly delete?: DeleteRules<T>;
  /** By name. A kind with a status has the object subresource `status`. */
  readonly subresources: Readonly<Record<string, Subresource<T>>>;

  readonly columns: readonly Column[];
  readonly cells: CellsOf<T>;
  /** Fields for field selectors beyond metadata.name and metadata.namespace, with their values. */
  fields?(object: T): Readonly<Record<string, string>>;
  /** The names that `fields` answers, for messages and OpenAPI. */
  readonly fieldNames?: readonly string[];
  /** True where what is stored must not be readable on disk (secrets). */
  readonly encrypted?: boolean;
  /**
   * True where objects are questions: who creates one gets it back with its answer, and nothing is
   * stored. The API server knows the answers, by the schema.
   */
  readonly isQuestion?: true;
  /**
   * True where objects are worked out when somebody reads them, and nothing is stored: they can be
   * got and listed alone.
   */
  readonly isComputed?: true;
  /** Milliseconds after the last write when the object is dropped by itself (events). */
  readonly timeToLiveMs?: number;
}

/**
 * Makes a kind of a particular object type fit for the table of kinds: generic code hands a kind
 * only objects that were decoded by its own schema.
 */
export function defineKind<T extends object>(kind: Kind<T & KubeObject>): Kind {
  return kind as unknown as Kind;
}

/** Whether objects of a kind are stored as such: not as those of another, nor not at all. */
export function isStored(kind: Pick<Kind, 'storedAs' | 'isQuestion' | 'isComputed'>): boolean {
  return kind.storedAs === undefined && kind.isQuestion !== true && kind.isComputed !== true;
}

/** `pods`, or `deployments.apps`: how messages and authorization name a resource. */
export function resourceName(kind: Pick<Kind, 'group' | 'plural'>): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}

/** `v1`, or `apps/v1`. */
export function apiVersionOf(kind: Pick<Kind, 'group' | 'version'>): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}
