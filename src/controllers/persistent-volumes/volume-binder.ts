import { WorkQueue } from '../../base/work-queue.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { Informer } from '../../client/informer.ts';
import { persistentVolumeClaims } from '../../client/resources.ts';
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
} from '../../generated/types.ts';
import { isReason } from '../../objects/api-error.ts';
import { claimsOf } from '../../objects/core/pod/claims.ts';
import { isClaimBound, storageClassOf } from '../../objects/core/volume-facts.ts';
import { objectKey } from '../../objects/meta.ts';
import { aborted, type Controller, type ControllerOptions } from '../controller.ts';
import { type ClaimView, planClaim } from './plan-claim.ts';
import { planVolume } from './plan-volume.ts';
import { Teller } from './teller.ts';
import { VolumeWriter } from './volume-writer.ts';

/** Claims and volumes looked at together. */
const WORKERS_MAX = 4;
/** A lost race is tried again on what the informers have by then. */
const RACE_MS = 10;
/** A claim that waits says so again after this, so that its events do not expire unseen. */
const TELL_AGAIN_MS = 5 * 60_000;

const CLAIM = 'claim:';
const VOLUME = 'volume:';

export interface VolumeBinderOptions extends ControllerOptions {
  readonly persistentVolumes: Informer<PersistentVolume>;
  readonly persistentVolumeClaims: Informer<PersistentVolumeClaim>;
  readonly storageClasses: Informer<StorageClass>;
  readonly pods: Informer<Pod>;
  readonly recorder: EventRecorder;
}

/** Binds claims to volumes and lets go of volumes whose claims are gone: upstream's PV controller. */
export class VolumeBinder implements Controller {
  readonly #options: VolumeBinderOptions;
  readonly #queue: WorkQueue;
  readonly #writer: VolumeWriter;
  readonly #teller: Teller;

  constructor(options: VolumeBinderOptions) {
    this.#options = options;
    const log = options.log.with({ controller: 'persistent-volumes' });
    this.#queue = new WorkQueue(options.clock, log, (key) => this.#sync(key), WORKERS_MAX);
    this.#writer = new VolumeWriter(options.client);
    this.#teller = new Teller(options.recorder, options.clock, TELL_AGAIN_MS);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { persistentVolumes: volumes, persistentVolumeClaims: claims } = this.#options;
    const { storageClasses: classes } = this.#options;
    await Promise.all([volumes, claims, classes].map((informer) => informer.whenSynced()));
    if (signal.aborted) return;
    volumes.subscribe({
      added: (volume) => this.#volumeChanged(volume),
      updated: (volume) => this.#volumeChanged(volume),
      deleted: ({ spec }) => this.#claimNamed(spec.claimRef),
    });
    claims.subscribe({
      added: (claim) => this.#claimChanged(claim),
      updated: (claim) => this.#claimChanged(claim),
      deleted: (claim) => {
        this.#teller.forget(objectKey(claim));
        if (claim.spec.volumeName) this.#queue.add(VOLUME + claim.spec.volumeName);
        for (const { metadata, spec } of volumes.list()) {
          if (spec.claimRef?.uid === claim.metadata.uid) this.#queue.add(VOLUME + metadata.name);
        }
      },
    });
    classes.subscribe({
      added: ({ metadata }) => this.#wakeWaiting(metadata.name ?? ''),
      updated: ({ metadata }) => this.#wakeWaiting(metadata.name ?? ''),
    });
    await aborted(signal);
    this.#queue.stop();
  }

  #volumeChanged(volume: PersistentVolume): void {
    this.#queue.add(VOLUME + (volume.metadata.name ?? ''));
    const { claimRef } = volume.spec;
    if (claimRef !== undefined) this.#claimNamed(claimRef);
    else if (volume.status?.phase === 'Available') this.#wakeWaiting(storageClassOf(volume));
  }

  #claimNamed(claimRef: { readonly namespace?: string; readonly name?: string } | undefined): void {
    if (claimRef === undefined) return;
    this.#queue.add(`${CLAIM}${claimRef.namespace}/${claimRef.name}`);
  }

  #claimChanged(claim: PersistentVolumeClaim): void {
    this.#queue.add(CLAIM + objectKey(claim));
    if (claim.spec.volumeName) this.#queue.add(VOLUME + claim.spec.volumeName);
  }

  /** Claims of a class that wait for a volume or for the class itself. */
  #wakeWaiting(className: string): void {
    for (const claim of this.#options.persistentVolumeClaims.list()) {
      if (isClaimBound(claim) || storageClassOf(claim) !== className) continue;
      this.#queue.add(CLAIM + objectKey(claim));
    }
  }

  async #sync(key: string): Promise<void> {
    try {
      if (key.startsWith(CLAIM)) await this.#syncClaim(key.slice(CLAIM.length));
      else await this.#syncVolume(key.slice(VOLUME.length));
    } catch (error) {
      if (!isReason(error, 'Conflict', 'NotFound')) throw error;
      this.#queue.addAfter(key, RACE_MS);
    }
  }

  get #view(): ClaimView {
    const { persistentVolumes: volumes, storageClasses, pods } = this.#options;
    return {
      volumes: { [Symbol.iterator]: () => volumes.list() },
      volume: (name) => volumes.get(name),
      storageClass: (name) => storageClasses.get(name),
      waitingPods: ({ metadata }) => {
        const uses = (pod: Pod) => claimsOf(pod).some(({ claim }) => claim === metadata.name);
        return [...pods.list()]
          .filter((pod) => pod.metadata.namespace === metadata.namespace && !pod.spec.nodeName)
          .filter(uses)
          .map((pod) => pod.metadata.name ?? '');
      },
    };
  }

  async #syncClaim(key: string): Promise<void> {
    const claim = this.#options.persistentVolumeClaims.get(key);
    if (claim === undefined) return;
    const plan = planClaim(claim, this.#view);
    if (plan.type === 'bind') {
      this.#teller.forget(key);
      await this.#writer.bind(claim, plan.volume);
    } else if (plan.type === 'lost') {
      if (await this.#writer.setUnbound(claim, 'Lost')) this.#teller.tell(claim, plan.event);
    } else {
      if (plan.event !== null) {
        this.#teller.tell(claim, plan.event);
        this.#queue.addAfter(CLAIM + key, TELL_AGAIN_MS);
      }
      if (plan.provisioner !== '') await this.#writer.setProvisioner(claim, plan.provisioner);
      else await this.#writer.setUnbound(claim, 'Pending');
    }
  }

  async #syncVolume(name: string): Promise<void> {
    const volume = this.#options.persistentVolumes.get(name);
    if (volume === undefined) return;
    const plan = planVolume(volume, await this.#claimOf(volume));
    if (plan.type === 'claim') this.#claimNamed(volume.spec.claimRef);
    else if (plan.type === 'phase') await this.#writer.setPhase(volume, plan.phase);
    else if (plan.type === 'unbind') await this.#writer.unbind(volume);
    else if (await this.#writer.release(volume, plan.failure)) {
      if (plan.failure !== null) this.#teller.tell(volume, plan.failure);
    }
  }

  /** The claim that the volume names. The API is asked before a volume is held to be released. */
  async #claimOf({ spec }: PersistentVolume): Promise<PersistentVolumeClaim | undefined> {
    const { namespace = '', name = '', uid } = spec.claimRef ?? {};
    if (name === '') return undefined;
    const { client, persistentVolumeClaims: claims } = this.#options;
    const known = claims.get(`${namespace}/${name}`);
    if (known !== undefined && (!uid || known.metadata.uid === uid)) return known;
    if (!uid) return undefined;
    try {
      const present = await client.get(persistentVolumeClaims, name, namespace);
      return present.metadata.uid === uid ? present : undefined;
    } catch (error) {
      if (isReason(error, 'NotFound')) return undefined;
      throw error;
    }
  }
}
