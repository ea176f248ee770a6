import { WorkQueue } from '../../base/work-queue.ts';
import type { Informer } from '../../client/informer.ts';
import {
  persistentVolumeClaims,
  persistentVolumes,
  pods as podResource,
} from '../../client/resources.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../generated/types.ts';
import { isReason } from '../../objects/api-error.ts';
import { claimsOf } from '../../objects/core/pod/claims.ts';
import { isTerminal } from '../../objects/core/pod/conditions.ts';
import { CLAIM_PROTECTION, VOLUME_PROTECTION } from '../../objects/core/volume-facts.ts';
import { type ObjectMeta, objectKey } from '../../objects/meta.ts';
import { aborted, type Controller, type ControllerOptions } from '../controller.ts';

const CLAIM = 'claim:';
const VOLUME = 'volume:';

export interface ProtectionOptions extends ControllerOptions {
  readonly persistentVolumes: Informer<PersistentVolume>;
  readonly persistentVolumeClaims: Informer<PersistentVolumeClaim>;
  readonly pods: Informer<Pod>;
}

/** `add` the finalizer, `remove` it, or leave it: upstream's rule for claims and volumes alike. */
export function planProtection(
  { deletionTimestamp, finalizers = [] }: ObjectMeta,
  finalizer: string,
  isUsed: () => boolean,
): 'add' | 'remove' | 'keep' {
  const isHeld = finalizers.includes(finalizer);
  if (!deletionTimestamp) return isHeld ? 'keep' : 'add';
  return isHeld && !isUsed() ? 'remove' : 'keep';
}

/** Whether a pod holds the claim: once it has a node, until it is gone. */
export function holdsClaim(pod: Pod, claimName: string): boolean {
  if (!pod.spec.nodeName) return false;
  return claimsOf(pod).some(({ claim, isEphemeral }) => {
    return claim === claimName && !(isEphemeral && isTerminal(pod));
  });
}

/** Keeps claims until no pod uses them, and volumes until no claim does. */
export class VolumeProtection implements Controller {
  readonly #options: ProtectionOptions;
  readonly #queue: WorkQueue;

  constructor(options: ProtectionOptions) {
    this.#options = options;
    const log = options.log.with({ controller: 'volume-protection' });
    this.#queue = new WorkQueue(options.clock, log, (key) => this.#sync(key));
  }

  async start(signal: AbortSignal): Promise<void> {
    const { persistentVolumes: volumes, persistentVolumeClaims: claims, pods } = this.#options;
    await Promise.all([volumes.whenSynced(), claims.whenSynced(), pods.whenSynced()]);
    if (signal.aborted) return;
    const claimSeen = (claim: PersistentVolumeClaim) => this.#queue.add(CLAIM + objectKey(claim));
    const volumeSeen = ({ metadata }: PersistentVolume) => this.#queue.add(VOLUME + metadata.name);
    claims.subscribe({ added: claimSeen, updated: claimSeen });
    volumes.subscribe({ added: volumeSeen, updated: volumeSeen });
    const podEnded = (pod: Pod) => {
      for (const { claim } of claimsOf(pod)) {
        this.#queue.add(`${CLAIM}${pod.metadata.namespace}/${claim}`);
      }
    };
    pods.subscribe({
      updated: (pod) => {
        if (isTerminal(pod)) podEnded(pod);
      },
      deleted: podEnded,
    });
    await aborted(signal);
    this.#queue.stop();
  }

  async #sync(key: string): Promise<void> {
    try {
      if (key.startsWith(CLAIM)) await this.#syncClaim(key.slice(CLAIM.length));
      else await this.#syncVolume(key.slice(VOLUME.length));
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
    }
  }

  async #syncClaim(key: string): Promise<void> {
    const { client, persistentVolumeClaims: claims, pods } = this.#options;
    const claim = claims.get(key);
    if (claim === undefined) return;
    const { name = '', namespace = '' } = claim.metadata;
    const isHeldBy = (pod: Pod) => pod.metadata.namespace === namespace && holdsClaim(pod, name);
    const plan = planProtection(claim.metadata, CLAIM_PROTECTION, () =>
      [...pods.list()].some(isHeldBy),
    );
    if (plan === 'keep') return;
    if (plan === 'remove') {
      // The informer may lag behind a pod that got its node just now.
      const { items } = await client.list(podResource, { namespace });
      if (items.some(isHeldBy)) return;
    }
    const metadata = changed(claim.metadata, CLAIM_PROTECTION, plan);
    await client.update(persistentVolumeClaims, { ...claim, metadata });
  }

  async #syncVolume(name: string): Promise<void> {
    const { client, persistentVolumes: volumes } = this.#options;
    const volume = volumes.get(name);
    if (volume === undefined) return;
    const isUsed = () => volume.status?.phase === 'Bound';
    const plan = planProtection(volume.metadata, VOLUME_PROTECTION, isUsed);
    if (plan === 'keep') return;
    const metadata = changed(volume.metadata, VOLUME_PROTECTION, plan);
    await client.update(persistentVolumes, { ...volume, metadata });
  }
}

function changed<T extends ObjectMeta>(metadata: T, finalizer: string, plan: 'add' | 'remove'): T {
  const others = (metadata.finalizers ?? []).filter((name) => name !== finalizer);
  return { ...metadata, finalizers: plan === 'add' ? [...others, finalizer] : others };
}
