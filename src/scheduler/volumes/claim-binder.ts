import type { Clock, Timer } from '../../base/clock.ts';
import type { Client } from '../../client/client.ts';
import type { Informer } from '../../client/informer.ts';
import { persistentVolumeClaims, persistentVolumes } from '../../client/resources.ts';
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
} from '../../generated/types.ts';
import { isClaimBound, volumeAnnotations } from '../../objects/core/volume-facts.ts';
import { objectKey } from '../../objects/meta.ts';
import type { ClaimDecision, VolumeView } from './volume-demand.ts';

/** A pod waits so long for its volumes before it is scheduled anew, as upstream. */
const BIND_MS_MAX = 10 * 60_000;

export interface ClaimBinderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly persistentVolumes: Informer<PersistentVolume>;
  readonly persistentVolumeClaims: Informer<PersistentVolumeClaim>;
  readonly storageClasses: Informer<StorageClass>;
}

interface Wait {
  readonly look: () => void;
  readonly cancel: () => void;
}

/**
 * Sees to it that the claims of a pod have volumes on its node before it is bound: upstream's
 * AssumePodVolumes and BindPodVolumes.
 *
 * Bounded by the live pods that wait and the claims they use.
 */
export class ClaimBinder {
  readonly #options: ClaimBinderOptions;
  /** The claims that volumes are on their way to, by name of the volume. */
  readonly #promised = new Map<string, string>();
  readonly #waits = new Map<string, Wait>();
  #stopped = false;

  constructor(options: ClaimBinderOptions) {
    this.#options = options;
  }

  /** Follows claims, volumes and classes; `changed` is called when pods may fit that did not. */
  follow(changed: () => void): void {
    const { persistentVolumes: volumes, persistentVolumeClaims: claims } = this.#options;
    const { storageClasses } = this.#options;
    volumes.subscribe({ added: changed, updated: changed, deleted: changed });
    storageClasses.subscribe({ added: changed, updated: changed });
    const claimChanged = () => {
      for (const { look } of [...this.#waits.values()]) look();
      changed();
    };
    claims.subscribe({ added: changed, updated: claimChanged, deleted: claimChanged });
  }

  async whenSynced(): Promise<void> {
    const { persistentVolumes: volumes, persistentVolumeClaims: claims } = this.#options;
    const { storageClasses } = this.#options;
    await Promise.all([volumes, claims, storageClasses].map((informer) => informer.whenSynced()));
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  /** @param isUsed whether a pod with a node uses the claim of that key */
  view(isUsed: (claimKey: string) => boolean): VolumeView {
    const promised = this.#promised;
    const { persistentVolumes: volumes, persistentVolumeClaims: claims } = this.#options;
    return {
      volumes: { [Symbol.iterator]: () => volumes.list() },
      claim: (key) => claims.get(key),
      volume: (name) => volumes.get(name),
      storageClass: (name) => this.#options.storageClasses.get(name),
      isTaken({ metadata }, claim) {
        const key = promised.get(metadata.name ?? '');
        return key !== undefined && key !== objectKey(claim);
      },
      isUsed,
    };
  }

  /**
   * Carries out what was decided and waits until every claim is bound.
   *
   * @throws Error when that failed or took too long; ApiError from the API
   */
  async bind(pod: Pod, nodeName: string, decisions: readonly ClaimDecision[]): Promise<void> {
    const promised = decisions.flatMap((decision) =>
      decision.type === 'volume'
        ? [[decision.volume.metadata.name ?? '', objectKey(decision.claim)] as const]
        : [],
    );
    for (const [name, claim] of promised) this.#promised.set(name, claim);
    try {
      for (const decision of decisions) await this.#start(decision, nodeName);
      await this.#bound(pod, nodeName, decisions);
    } finally {
      for (const [name] of promised) this.#promised.delete(name);
    }
  }

  /** Lets nobody wait for the pod's claims any more: it is gone. */
  cancel(pod: Pod): void {
    this.#waits.get(pod.metadata.uid ?? '')?.cancel();
  }

  /** Ends every wait, those that come after too. */
  stop(): void {
    this.#stopped = true;
    for (const { cancel } of [...this.#waits.values()]) cancel();
  }

  async #start(decision: ClaimDecision, nodeName: string): Promise<void> {
    if (decision.type === 'wait') return;
    const { client } = this.#options;
    const { claim } = decision;
    const { name = '', namespace = '', uid } = claim.metadata;
    if (decision.type === 'provision') {
      const annotations = { [volumeAnnotations.selectedNode]: nodeName };
      const target = { name, namespace };
      await client.patch(persistentVolumeClaims, target, 'merge', {
        metadata: { uid, annotations },
      });
      return;
    }
    const { volume } = decision;
    if (volume.spec.claimRef?.uid === uid) return;
    const { boundByController } = volumeAnnotations;
    const isOurs = volume.spec.claimRef === undefined;
    const own: Record<string, string> = isOurs ? { [boundByController]: 'yes' } : {};
    const annotations = { ...volume.metadata.annotations, ...own };
    const claimRef = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid };
    // Based on the revision that was looked at: somebody else may have been faster.
    await client.update(persistentVolumes, {
      ...volume,
      metadata: { ...volume.metadata, annotations },
      spec: { ...volume.spec, claimRef },
    });
  }

  #bound(pod: Pod, nodeName: string, decisions: readonly ClaimDecision[]): Promise<void> {
    const key = pod.metadata.uid ?? '';
    if (this.#stopped) return Promise.reject(new Error('the scheduler stops'));
    return new Promise((resolve, reject) => {
      let timer: Timer | null = null;
      const end = (error: Error | null) => {
        timer?.cancel();
        this.#waits.delete(key);
        if (error === null) resolve();
        else reject(error);
      };
      const look = () => {
        const states = decisions.map(({ claim }) => this.#stateOf(claim, nodeName));
        const lost = states.find((state) => state !== 'bound' && state !== 'waiting');
        if (lost !== undefined) end(new Error(lost));
        else if (states.every((state) => state === 'bound')) end(null);
      };
      this.#waits.set(key, { look, cancel: () => end(new Error('the pod is gone')) });
      const tooLong = () => end(new Error('context deadline exceeded'));
      timer = this.#options.clock.timer(BIND_MS_MAX, tooLong);
      look();
    });
  }

  /** `bound`, `waiting`, or why it will not be bound. */
  #stateOf({ metadata }: PersistentVolumeClaim, nodeName: string): string {
    const key = objectKey({ metadata });
    const present = this.#options.persistentVolumeClaims.get(key);
    if (present === undefined || present.metadata.uid !== metadata.uid)
      return `claim ${key} is gone`;
    // The node looks at the phase too, which is written last.
    const isBound = isClaimBound(present) && present.status?.phase === 'Bound';
    if (isBound) return 'bound';
    const selected = present.metadata.annotations?.[volumeAnnotations.selectedNode];
    if (selected !== undefined && selected !== nodeName) {
      return `claim ${key} is to be provisioned on node ${selected}`;
    }
    return 'waiting';
  }
}
