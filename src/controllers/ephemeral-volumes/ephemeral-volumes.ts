import { WorkQueue } from '../../base/work-queue.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { Informer } from '../../client/informer.ts';
import { persistentVolumeClaims } from '../../client/resources.ts';
import type { PersistentVolumeClaim, Pod, Volume } from '../../generated/types.ts';
import { isReason } from '../../objects/api-error.ts';
import { isMadeFor } from '../../objects/core/pod/claims.ts';
import { objectKey } from '../../objects/meta.ts';
import { aborted, type Controller, type ControllerOptions } from '../controller.ts';

/** Pods served together, as upstream. */
const WORKERS_MAX = 5;

export interface EphemeralVolumesOptions extends ControllerOptions {
  readonly pods: Informer<Pod>;
  readonly persistentVolumeClaims: Informer<PersistentVolumeClaim>;
  readonly recorder: EventRecorder;
}

/** The claim for one ephemeral volume of a pod; it goes with the pod. */
export function claimFor(pod: Pod, volume: Volume): PersistentVolumeClaim {
  const { metadata = {}, spec } = volume.ephemeral?.volumeClaimTemplate ?? {};
  const { labels, annotations } = metadata;
  const owner = {
    apiVersion: 'v1',
    kind: 'Pod',
    name: pod.metadata.name ?? '',
    uid: pod.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: `${pod.metadata.name}-${volume.name}`,
      namespace: pod.metadata.namespace,
      labels,
      annotations,
      ownerReferences: [owner],
    },
    spec: spec ?? {},
  };
}

/** Makes the claims of pods' ephemeral volumes. */
export class EphemeralVolumes implements Controller {
  readonly #options: EphemeralVolumesOptions;
  readonly #queue: WorkQueue;

  constructor(options: EphemeralVolumesOptions) {
    this.#options = options;
    const log = options.log.with({ controller: 'ephemeral-volumes' });
    this.#queue = new WorkQueue(options.clock, log, (key) => this.#sync(key), WORKERS_MAX);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { pods, persistentVolumeClaims: claims } = this.#options;
    await Promise.all([pods.whenSynced(), claims.whenSynced()]);
    if (signal.aborted) return;
    pods.subscribe({
      added: (pod) => {
        if (pod.spec.volumes?.some(({ ephemeral }) => ephemeral)) this.#queue.add(objectKey(pod));
      },
    });
    claims.subscribe({
      deleted: ({ metadata }) => {
        const owner = metadata.ownerReferences?.find(({ controller }) => controller);
        if (owner?.kind === 'Pod') this.#queue.add(`${metadata.namespace}/${owner.name}`);
      },
    });
    await aborted(signal);
    this.#queue.stop();
  }

  async #sync(key: string): Promise<void> {
    const pod = this.#options.pods.get(key);
    if (pod === undefined || pod.metadata.deletionTimestamp) return;
    for (const volume of pod.spec.volumes ?? []) {
      if (volume.ephemeral !== undefined) await this.#ensure(pod, volume);
    }
  }

  async #ensure(pod: Pod, volume: Volume): Promise<void> {
    const { client, persistentVolumeClaims: claims, recorder } = this.#options;
    const wanted = claimFor(pod, volume);
    const key = objectKey(wanted);
    const present = claims.get(key);
    if (present !== undefined) {
      if (isMadeFor(present, pod)) return;
      const message =
        `ephemeral volume ${volume.name}: PVC ${key} was not created for pod ` +
        `${objectKey(pod)} (pod is not owner)`;
      recorder.record(pod, 'Warning', 'FailedBinding', message);
      throw new Error(message);
    }
    try {
      await client.create(persistentVolumeClaims, wanted);
    } catch (error) {
      // Made already, which the informer tells next, or the namespace ends.
      if (isReason(error, 'AlreadyExists', 'NotFound')) return;
      const text = error instanceof Error ? error.message : String(error);
      const message = `ephemeral volume ${volume.name}: create PVC ${key}: ${text}`;
      recorder.record(pod, 'Warning', 'FailedBinding', message);
      throw error;
    }
  }
}
