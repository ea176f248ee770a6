import type { Pod } from '../generated/types.ts';
import type { PodFiles } from './edges.ts';
import { PODS_MAX } from './node-object.ts';
import { identityOf } from './pod-identity.ts';
import { type HandlerFeatures, type IdRange, POD_IDS } from './runtime.ts';

/** The node's own users have the ids below. */
const DEFAULT_RANGE: IdRange = { hostId: POD_IDS, length: POD_IDS * PODS_MAX };
/** In the pod's folder, as upstream has it. */
const FILE = 'userns';

export interface UserNamespacesParts {
  readonly files: Pick<PodFiles, 'listPods' | 'readFile' | 'writeFile' | 'removeFile'>;
  readonly features: HandlerFeatures;
  /** What the node's administrator has set aside; null for nothing. */
  podIds?(): Promise<IdRange | null>;
}

/**
 * Which of the node's ids the users of pods with a user namespace of their own have. No two pods
 * have one in common, and a pod keeps its own as long as it is on the node: its files name them.
 */
export class UserNamespaces {
  readonly #parts: UserNamespacesParts;
  /** By the pods' uids; bounded by the slots of the range, and by what was there at the start. */
  readonly #taken = new Map<string, IdRange>();
  #range: Promise<IdRange> | null = null;

  constructor(parts: UserNamespacesParts) {
    this.#parts = parts;
  }

  /**
   * The ids of a pod whose folder is there; undefined for one that has the node's users.
   *
   * @throws Error with upstream's words, where it cannot have any
   */
  async of(pod: Pod): Promise<IdRange | undefined> {
    if (pod.spec.hostUsers !== false) return undefined;
    if (!this.#parts.features.userNamespaces) {
      throw new Error(
        "can't set `spec.hostUsers: false`, runtime does not support user namespaces",
      );
    }
    const { uid } = identityOf(pod);
    this.#range ??= this.#load();
    const range = await this.#range.catch((error: unknown) => {
      this.#range = null;
      throw error;
    });
    return this.#taken.get(uid) ?? this.#take(uid, range);
  }

  /** Gives back the ids of a pod of which nothing runs any more. Safe to repeat. */
  async release(uid: string): Promise<void> {
    await this.#parts.files.removeFile(uid, FILE);
    // The file may have been read already, and be about to be noted.
    await this.#range?.catch(() => {});
    this.#taken.delete(uid);
  }

  /** Learns what pods had before this process began. */
  async #load(): Promise<IdRange> {
    const { files, podIds } = this.#parts;
    for (const { uid } of await files.listPods()) {
      const text = await files.readFile(uid, FILE);
      // An empty one was being written when the machine stopped: nothing ran with it.
      if (text !== '') this.#taken.set(uid, parseMapping(uid, text));
    }
    return (await podIds?.()) ?? DEFAULT_RANGE;
  }

  async #take(uid: string, range: IdRange): Promise<IdRange> {
    const taken = new Set([...this.#taken.values()].map(({ hostId }) => hostId));
    const end = range.hostId + range.length;
    let hostId = range.hostId;
    while (taken.has(hostId)) hostId += POD_IDS;
    if (hostId + POD_IDS > end) {
      throw new Error('could not find an empty slot to allocate a user namespace');
    }
    const mapping = { hostId, length: POD_IDS };
    this.#taken.set(uid, mapping);
    try {
      await this.#parts.files.writeFile(uid, FILE, mappingText(mapping));
    } catch (error) {
      this.#taken.delete(uid);
      throw error;
    }
    return mapping;
  }
}

function mappingText({ hostId, length }: IdRange): string {
  const mappings = [{ hostId, containerId: 0, length }];
  return JSON.stringify({ uidMappings: mappings, gidMappings: mappings });
}

/** Nothing may be guessed here: a pod with the ids of another could read its files. */
function parseMapping(uid: string, text: string): IdRange {
  const hostId = Number(/"hostId":(\d+)/.exec(text)?.[1]);
  const mapping = { hostId, length: POD_IDS };
  if (hostId % POD_IDS === 0 && hostId > 0 && mappingText(mapping) === text) return mapping;
  throw new Error(`wrong user namespace mapping of pod ${uid}: ${text}`);
}
