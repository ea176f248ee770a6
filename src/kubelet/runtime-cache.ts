import type { Log } from '../base/log.ts';
import type { PodIdentity } from './pod-identity.ts';
import {
  type Container,
  type ContainerStatus,
  POD_NAME_LABEL,
  POD_NAMESPACE_LABEL,
  POD_UID_LABEL,
  type Runtime,
  RuntimeError,
  type RuntimeEvent,
  type Sandbox,
  type SandboxStatus,
} from './runtime.ts';
import { NO_RUNTIME, type PodRuntime } from './runtime-state.ts';

type ItemType = 'sandbox' | 'container';

interface PodEntry {
  readonly identity: PodIdentity;
  readonly sandboxes: Map<string, SandboxStatus>;
  readonly containers: Map<string, ContainerStatus>;
}

/**
 * What the runtime has, by pod: kept current by events, with a full look as the safety net. Reads
 * are free. Bounded by what the runtime has.
 */
export class RuntimeCache {
  readonly #runtime: Runtime;
  readonly #log: Log;
  readonly #changed: (uid: string) => void;
  readonly #pods = new Map<string, PodEntry>();
  /** Containers and sandboxes to their pod, from before they start, so that no event is missed. */
  readonly #owners = new Map<string, { readonly uid: string; readonly type: ItemType }>();
  /** Containers that whoever starts them looks at after: their start itself is no news. */
  readonly #starting = new Set<string>();
  /** Ids being looked at; true when an event came meanwhile and the look must be repeated. */
  readonly #looking = new Map<string, { again: boolean; done: Promise<void> }>();

  /** @param changed called with a pod's uid when what the runtime has of it may have changed */
  constructor(runtime: Runtime, log: Log, changed: (uid: string) => void) {
    this.#runtime = runtime;
    this.#log = log;
    this.#changed = changed;
  }

  /** What is known of a pod now. */
  get(uid: string): PodRuntime {
    const entry = this.#pods.get(uid);
    if (entry === undefined) return NO_RUNTIME;
    return {
      sandboxes: [...entry.sandboxes.values()].sort(newestFirst),
      containers: [...entry.containers.values()].sort(newestFirst),
    };
  }

  /** Every pod of which the runtime has anything. */
  identities(): readonly PodIdentity[] {
    return [...this.#pods.values()].map((entry) => entry.identity);
  }

  /**
   * Names the pod of a container or sandbox that was just made, and looks at it.
   *
   * @throws Error when the runtime does not know it
   */
  async learn(identity: PodIdentity, id: string, type: ItemType): Promise<void> {
    this.#owners.set(id, { uid: identity.uid, type });
    this.#entry(identity);
    // Its first event may come meanwhile: the looks at one id follow one another.
    await this.refresh(id);
    const entry = this.#pods.get(identity.uid);
    const isKnown = type === 'sandbox' ? entry?.sandboxes.has(id) : entry?.containers.has(id);
    if (!isKnown) throw new Error(`${type} ${id} was made but is not found`);
  }

  /** Names the pod of a container that is about to be started; `refresh` must follow that. */
  expectStart(identity: PodIdentity, id: string): void {
    this.#owners.set(id, { uid: identity.uid, type: 'container' });
    this.#entry(identity);
    this.#starting.add(id);
  }

  /** Looks again at one container or sandbox. */
  refresh(id: string): Promise<void> {
    const looking = this.#looking.get(id);
    if (looking !== undefined) {
      looking.again = true;
      return looking.done;
    }
    const state = { again: false, done: Promise.resolve() };
    this.#looking.set(id, state);
    state.done = this.#look(id, state);
    return state.done;
  }

  /** Takes in an event: looks at what it names and tells of the change. */
  async take(event: RuntimeEvent): Promise<void> {
    if (event.type === 'lost') return this.relist();
    const owner = this.#owners.get(event.id);
    if (owner === undefined) return;
    if (event.type === 'started' && this.#isStartKnown(owner.uid, event.id)) return;
    await this.refresh(event.id);
    this.#changed(owner.uid);
  }

  /** Looks at everything, and in detail at what is new or has another state than thought. */
  async relist(): Promise<void> {
    const [sandboxes, containers] = await Promise.all([
      this.#runtime.listSandboxes(),
      this.#runtime.listContainers(),
    ]);
    const changed = new Set<string>();
    const present = new Set<string>();
    const looks: Promise<void>[] = [];
    for (const sandbox of sandboxes) {
      const entry = this.#owned(sandbox, 'sandbox', present);
      if (entry === undefined) continue;
      if (entry.sandboxes.get(sandbox.id)?.ready === sandbox.ready) continue;
      changed.add(entry.identity.uid);
      looks.push(this.#lookAt(entry, sandbox.id, 'sandbox'));
    }
    for (const container of containers) {
      const entry = this.#owned(container, 'container', present);
      if (entry === undefined) continue;
      if (entry.containers.get(container.id)?.state === container.state) continue;
      changed.add(entry.identity.uid);
      looks.push(this.#lookAt(entry, container.id, 'container'));
    }
    await Promise.all(looks);
    for (const [id, { uid }] of [...this.#owners]) {
      if (present.has(id) || this.#looking.has(id)) continue;
      // What was made after the list began is not in it: only a direct look tells.
      await this.refresh(id);
      if (!this.#owners.has(id)) changed.add(uid);
    }
    for (const uid of changed) this.#changed(uid);
  }

  #isStartKnown(uid: string, id: string): boolean {
    return this.#starting.has(id) || this.#pods.get(uid)?.containers.get(id)?.state === 'running';
  }

  #owned(item: Sandbox | Container, type: ItemType, present: Set<string>): PodEntry | undefined {
    const uid = item.labels[POD_UID_LABEL];
    if (uid === undefined) return undefined;
    present.add(item.id);
    this.#owners.set(item.id, { uid, type });
    const name = item.labels[POD_NAME_LABEL] ?? '';
    return this.#entry({ uid, name, namespace: item.labels[POD_NAMESPACE_LABEL] ?? '' });
  }

  #entry(identity: PodIdentity): PodEntry {
    let entry = this.#pods.get(identity.uid);
    if (entry === undefined) {
      entry = { identity, sandboxes: new Map(), containers: new Map() };
      this.#pods.set(identity.uid, entry);
    }
    return entry;
  }

  async #look(id: string, state: { again: boolean }): Promise<void> {
    try {
      do {
        state.again = false;
        const owner = this.#owners.get(id);
        const entry = this.#pods.get(owner?.uid ?? '');
        if (owner === undefined || entry === undefined) return;
        await this.#lookAt(entry, id, owner.type);
      } while (state.again);
    } finally {
      this.#looking.delete(id);
      this.#starting.delete(id);
    }
  }

  async #lookAt(entry: PodEntry, id: string, type: ItemType): Promise<void> {
    try {
      if (type === 'sandbox') entry.sandboxes.set(id, await this.#runtime.sandboxStatus(id));
      else entry.containers.set(id, await this.#runtime.containerStatus(id));
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code !== 'notFound') {
        this.#log.warn('container not inspected', { id, error: String(error) });
        return;
      }
      this.#forget(entry, id);
    }
  }

  #forget(entry: PodEntry, id: string): void {
    this.#owners.delete(id);
    entry.sandboxes.delete(id);
    entry.containers.delete(id);
    if (entry.sandboxes.size + entry.containers.size === 0) this.#pods.delete(entry.identity.uid);
  }
}

function newestFirst(
  a: { attempt: number; createdAt: number },
  b: { attempt: number; createdAt: number },
): number {
  return b.createdAt - a.createdAt || b.attempt - a.attempt;
}
