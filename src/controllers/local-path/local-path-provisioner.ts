import { WorkQueue } from '../../base/work-queue.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { Informer } from '../../client/informer.ts';
import {
  nodes as nodeResource,
  persistentVolumeClaims,
  persistentVolumes,
} from '../../client/resources.ts';
import type {
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from '../../generated/types.ts';
import { isReason } from '../../objects/api-error.ts';
import { isReachable } from '../../objects/core/match-volume.ts';
import { storageClassOf } from '../../objects/core/volume-facts.ts';
import { goQuote } from '../../objects/go-quote.ts';
import { objectKey } from '../../objects/meta.ts';
import { aborted, type Controller, type ControllerOptions } from '../controller.ts';
import { Teller } from '../persistent-volumes/teller.ts';
import {
  folderNameFor,
  isOurs,
  PROVISIONER_FINALIZER,
  planGrowth,
  planProvision,
  planRemoval,
  volumeFor,
  volumeNameFor,
} from './plan-local-path.ts';
import type { VolumeFolders } from './volume-folders.ts';

const RACE_MS = 10;
const TELL_AGAIN_MS = 5 * 60_000;

const CLAIM = 'claim:';
const VOLUME = 'volume:';

export interface LocalPathOptions extends ControllerOptions {
  readonly nodeName: string;
  readonly folders: VolumeFolders;
  readonly recorder: EventRecorder;
  readonly persistentVolumes: Informer<PersistentVolume>;
  readonly persistentVolumeClaims: Informer<PersistentVolumeClaim>;
  readonly storageClasses: Informer<StorageClass>;
}

/**
 * Makes volumes of folders on its own node, for claims of classes that name it, and removes them.
 * Every node has one.
 */
export class LocalPathProvisioner implements Controller {
  readonly #options: LocalPathOptions;
  readonly #queue: WorkQueue;
  readonly #teller: Teller;

  constructor(options: LocalPathOptions) {
    this.#options = options;
    const log = options.log.with({ controller: 'local-path' });
    this.#queue = new WorkQueue(options.clock, log, (key) => this.#sync(key));
    this.#teller = new Teller(options.recorder, options.clock, TELL_AGAIN_MS);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { persistentVolumes: volumes, persistentVolumeClaims: claims } = this.#options;
    const { storageClasses } = this.#options;
    await Promise.all([volumes, claims, storageClasses].map((informer) => informer.whenSynced()));
    if (signal.aborted) return;
    await this.#removeUnused();
    const claimSeen = (claim: PersistentVolumeClaim) => this.#queue.add(CLAIM + objectKey(claim));
    const volumeSeen = ({ metadata, spec }: PersistentVolume) => {
      this.#queue.add(VOLUME + metadata.name);
      const { namespace, name } = spec.claimRef ?? {};
      if (name !== undefined) this.#queue.add(`${CLAIM}${namespace}/${name}`);
    };
    claims.subscribe({
      added: claimSeen,
      updated: claimSeen,
      deleted: (claim) => this.#teller.forget(objectKey(claim)),
    });
    volumes.subscribe({
      added: volumeSeen,
      updated: volumeSeen,
      deleted: ({ metadata }) => this.#teller.forget(metadata.name ?? ''),
    });
    await aborted(signal);
    this.#queue.stop();
  }

  /** A crash between a folder and its volume leaves an empty folder that nobody names. */
  async #removeUnused(): Promise<void> {
    const { folders, persistentVolumes: volumes, persistentVolumeClaims: claims } = this.#options;
    const paths = new Set([...volumes.list()].map(({ spec }) => spec.local?.path));
    const names = new Set([...claims.list()].map(folderNameFor));
    try {
      await folders.removeUnused((path) => paths.has(path) || names.has(path.split('/').at(-1)!));
    } catch (error) {
      this.#options.log.warn('unused folders stay', { error: String(error) });
    }
  }

  async #sync(key: string): Promise<void> {
    try {
      if (key.startsWith(CLAIM)) await this.#syncClaim(key.slice(CLAIM.length));
      else await this.#syncVolume(key.slice(VOLUME.length));
    } catch (error) {
      if (!isReason(error, 'Conflict')) throw error;
      this.#queue.addAfter(key, RACE_MS);
    }
  }

  async #syncClaim(key: string): Promise<void> {
    const { persistentVolumes: volumes, persistentVolumeClaims: claims } = this.#options;
    const { nodeName, storageClasses } = this.#options;
    const claim = claims.get(key);
    if (claim === undefined) return;
    const volume = volumes.get(claim.spec.volumeName || volumeNameFor(claim));
    if (volume !== undefined) return this.#grow(claim, volume);
    const storageClass = storageClasses.get(storageClassOf(claim));
    const plan = planProvision(claim, storageClass, nodeName);
    if (plan.type === 'refuse') this.#failed(claim, plan.why);
    else if (plan.type === 'make') await this.#provision(claim, storageClass!);
  }

  async #provision(claim: PersistentVolumeClaim, storageClass: StorageClass): Promise<void> {
    const { client, folders, recorder } = this.#options;
    const key = objectKey(claim);
    const message = `External provisioner is provisioning volume for claim ${goQuote(key)}`;
    this.#teller.tell(claim, { type: 'Normal', reason: 'Provisioning', message });
    const node = await this.#node();
    let path: string;
    try {
      path = await folders.make(folderNameFor(claim));
    } catch (error) {
      this.#failed(claim, textOf(error));
      throw error;
    }
    try {
      await client.create(persistentVolumes, volumeFor(claim, storageClass, path, node));
    } catch (error) {
      // Made in an earlier attempt, or by the provisioner of another node.
      if (isReason(error, 'AlreadyExists')) return;
      throw error;
    }
    this.#teller.forget(key);
    const made = `Successfully provisioned volume ${volumeNameFor(claim)}`;
    recorder.record(claim, 'Normal', 'ProvisioningSucceeded', made);
  }

  #failed(claim: PersistentVolumeClaim, why: string): void {
    const className = goQuote(storageClassOf(claim));
    const message = `failed to provision volume with StorageClass ${className}: ${why}`;
    this.#teller.tell(claim, { type: 'Warning', reason: 'ProvisioningFailed', message });
  }

  async #grow(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
    const { client, recorder } = this.#options;
    const plan = planGrowth(claim, volume);
    if (plan === null || !isReachable(volume, await this.#node())) return;
    if (plan === 'volume') {
      const message = `External resizer is resizing volume ${volume.metadata.name}`;
      recorder.record(claim, 'Normal', 'Resizing', message);
      const storage = claim.spec.resources?.requests?.storage ?? '0';
      const spec = { ...volume.spec, capacity: { storage } };
      // The change of the volume brings its claim here again.
      await client.update(persistentVolumes, { ...volume, spec });
      return;
    }
    const status = { ...claim.status, capacity: volume.spec.capacity };
    await client.update(persistentVolumeClaims, { ...claim, status }, 'status');
    recorder.record(claim, 'Normal', 'VolumeResizeSuccessful', 'Resize volume succeeded');
  }

  async #syncVolume(name: string): Promise<void> {
    const { client, folders } = this.#options;
    const volume = this.#options.persistentVolumes.get(name);
    if (volume === undefined || !isOurs(volume)) return;
    const plan = planRemoval(volume);
    if (plan === 'keep' || !isReachable(volume, await this.#node())) return;
    if (plan === 'remove') {
      try {
        await folders.remove(volume.spec.local?.path ?? '');
      } catch (error) {
        const telling = { reason: 'VolumeFailedDelete', message: textOf(error) };
        this.#teller.tell(volume, { type: 'Warning', ...telling });
        throw error;
      }
      if (!volume.metadata.deletionTimestamp) {
        // Our finalizer holds it until the write below.
        await ignoringGone(client.delete(persistentVolumes, name));
      }
    }
    await ignoringGone(this.#letGo(name));
  }

  async #letGo(name: string): Promise<void> {
    const { client } = this.#options;
    const volume = await client.get(persistentVolumes, name);
    const { finalizers = [] } = volume.metadata;
    if (!finalizers.includes(PROVISIONER_FINALIZER)) return;
    const rest = finalizers.filter((finalizer) => finalizer !== PROVISIONER_FINALIZER);
    const metadata = { ...volume.metadata, finalizers: rest };
    await client.update(persistentVolumes, { ...volume, metadata });
  }

  #node(): Promise<Node> {
    return this.#options.client.get(nodeResource, this.#options.nodeName);
  }
}

async function ignoringGone(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
