import { WorkQueue } from '../../base/work-queue.ts';
import { Informer } from '../../client/informer.ts';
import type { Resource } from '../../client/resources.ts';
import { isReason } from '../../objects/api-error.ts';
import type { KubeObject, OwnerReference } from '../../objects/meta.ts';
import type { Controller, ControllerOptions } from '../controller.ts';
import { FOREGROUND, type Item, isDeleting, ORPHAN, OwnershipGraph } from './ownership-graph.ts';
import { type OwnerState, planDependent } from './plan-dependent.ts';

/** Objects worked on at once, as upstream. */
const WORKERS_MAX = 20;

export interface GarbageCollectorOptions extends ControllerOptions {
  /** Every resource that may own or be owned; events need not be among them. */
  readonly resources: readonly Resource<KubeObject>[];
}

/**
 * Follows ownerReferences: objects whose owners are all gone go too, a foreground deletion waits
 * for its dependents, and an orphaning one lets them live. An owner counts as gone only after the
 * API server has said so.
 */
export class GarbageCollector implements Controller {
  readonly #options: GarbageCollectorOptions;
  readonly #graph = new OwnershipGraph();
  readonly #queue: WorkQueue;
  #synced = false;

  constructor(options: GarbageCollectorOptions) {
    this.#options = options;
    const log = options.log.with({ controller: 'garbage-collector' });
    this.#queue = new WorkQueue(options.clock, log, (uid) => this.#sync(uid), WORKERS_MAX);
  }

  /** Runs, with informers of its own, until `signal` aborts. */
  async start(signal: AbortSignal): Promise<void> {
    const { client, clock, log, resources } = this.#options;
    const informers = resources.map((resource) => {
      const informer = new Informer<KubeObject>(client, clock, log, resource);
      informer.subscribe({
        added: (object) => this.#set(resource, object),
        updated: (object) => this.#set(resource, object),
        deleted: (object) => this.#deleted(object),
      });
      return informer;
    });
    // One listener for all: a signal with many looks like a leak to the runtime.
    const stops = informers.map(() => new AbortController());
    const stop = () => {
      for (const one of stops) one.abort();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    void Promise.all(informers.map((informer) => informer.whenSynced())).then(() => {
      this.#synced = true;
      if (!signal.aborted) for (const uid of this.#graph.notable()) this.#queue.add(uid);
    });
    await Promise.all(informers.map((informer, index) => informer.run(stops[index]!.signal)));
    this.#queue.stop();
  }

  #set(resource: Resource<KubeObject>, object: KubeObject): void {
    const { uid = '', ownerReferences = [] } = object.metadata;
    this.#graph.set(resource, object);
    if (!this.#synced) return;
    const waits = isDeleting(object, FOREGROUND) || isDeleting(object, ORPHAN);
    if (waits || ownerReferences.length > 0) this.#queue.add(uid);
    // Its dependents' owners have begun to wait.
    if (isDeleting(object, FOREGROUND)) this.#addDependents(uid);
  }

  #deleted({ metadata }: KubeObject): void {
    const { uid = '', ownerReferences = [] } = metadata;
    this.#graph.remove(uid);
    if (!this.#synced) return;
    this.#addDependents(uid);
    for (const owner of ownerReferences) {
      const item = this.#graph.get(owner.uid);
      if (item !== undefined && isDeleting(item.object, FOREGROUND)) this.#queue.add(owner.uid);
    }
  }

  #addDependents(uid: string): void {
    for (const { object } of this.#graph.dependentsOf(uid)) {
      this.#queue.add(object.metadata.uid ?? '');
    }
  }

  async #sync(uid: string): Promise<void> {
    const item = this.#graph.get(uid);
    if (item === undefined) return;
    try {
      if (isDeleting(item.object, ORPHAN)) await this.#orphan(item);
      else if (isDeleting(item.object, FOREGROUND)) await this.#finishForeground(item);
      else await this.#judge(item);
    } catch (error) {
      // Gone already; its deletion is reported by the informer.
      if (!isReason(error, 'NotFound')) throw error;
    }
  }

  async #orphan(item: Item): Promise<void> {
    const { uid = '' } = item.object.metadata;
    for (const dependent of this.#graph.dependentsOf(uid)) {
      const owners = dependent.object.metadata.ownerReferences ?? [];
      await this.#patchOwners(
        dependent,
        owners.filter((owner) => owner.uid !== uid),
      );
    }
    await this.#dropFinalizer(item, ORPHAN);
  }

  /** Lets the owner go when no dependent is left that blocks it. */
  async #finishForeground(item: Item): Promise<void> {
    const { uid = '' } = item.object.metadata;
    const blocks = ({ object }: Item) =>
      object.metadata.ownerReferences?.some(
        (owner) => owner.uid === uid && owner.blockOwnerDeletion === true,
      );
    if (this.#graph.dependentsOf(uid).some(blocks)) this.#addDependents(uid);
    else await this.#dropFinalizer(item, FOREGROUND);
  }

  async #judge(item: Item): Promise<void> {
    const { metadata } = item.object;
    const states = new Map<string, OwnerState>();
    for (const owner of metadata.ownerReferences ?? []) {
      states.set(owner.uid, await this.#stateOf(owner, metadata.namespace ?? ''));
    }
    const hasDependents = this.#graph.dependentsOf(metadata.uid ?? '').length > 0;
    const stateOf = (owner: OwnerReference) => states.get(owner.uid) ?? 'solid';
    const action = planDependent(item.object, stateOf, hasDependents);
    if (action.type === 'release') await this.#patchOwners(item, action.rest);
    if (action.type !== 'delete') return;
    const { name = '', namespace = '', uid } = metadata;
    await this.#options.client.delete(item.resource, name, namespace, {
      uid,
      propagationPolicy: action.policy,
    });
  }

  async #stateOf(owner: OwnerReference, namespace: string): Promise<OwnerState> {
    const known = this.#graph.get(owner.uid)?.object ?? (await this.#ask(owner, namespace));
    if (known === null) return 'gone';
    return known !== 'unknown' && isDeleting(known, FOREGROUND) ? 'waiting' : 'solid';
  }

  /** Asks the API server for an owner: null when it is gone, `unknown` when nobody can tell. */
  async #ask(owner: OwnerReference, namespace: string): Promise<KubeObject | null | 'unknown'> {
    const resource = this.#options.resources.find(({ group, version, kind }) => {
      const apiVersion = group === '' ? version : `${group}/${version}`;
      return apiVersion === owner.apiVersion && kind === owner.kind;
    });
    // A kind that is not served: its objects may come back with it.
    if (resource === undefined) return 'unknown';
    try {
      const where = resource.namespaced ? namespace : '';
      const object = await this.#options.client.get(resource, owner.name, where);
      return object.metadata.uid === owner.uid ? object : null;
    } catch (error) {
      if (isReason(error, 'NotFound')) return null;
      throw error;
    }
  }

  async #patchOwners(item: Item, rest: readonly OwnerReference[]): Promise<void> {
    await this.#patch(item, { ownerReferences: rest.length > 0 ? rest : null });
  }

  async #dropFinalizer(item: Item, finalizer: string): Promise<void> {
    const rest = (item.object.metadata.finalizers ?? []).filter((name) => name !== finalizer);
    await this.#patch(item, { finalizers: rest.length > 0 ? rest : null });
  }

  /** A whole list is written, so the revision must be the one it was read from. */
  async #patch({ resource, object }: Item, change: object): Promise<void> {
    const { name = '', namespace = '', uid, resourceVersion } = object.metadata;
    const metadata = { uid, resourceVersion, ...change };
    await this.#options.client.patch(resource, { name, namespace }, 'merge', { metadata });
  }
}
