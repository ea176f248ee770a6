import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import { pods as podResource } from '../../client/resources.ts';
import type { Pod, ReplicaSet } from '../../generated/types.ts';
import { hasCause, isReason } from '../../objects/api-error.ts';
import type { Expectations } from './expectations.ts';
import { podFromTemplate } from './pod-from-template.ts';
import { slowStart, together } from './slow-start.ts';

export interface PodControlOptions {
  readonly client: Client;
  readonly recorder: EventRecorder;
  readonly expectations: Expectations;
}

/** Makes and removes the pods of sets, tells events of it, and notes what the informer will show. */
export class PodControl {
  readonly #options: PodControlOptions;

  constructor(options: PodControlOptions) {
    this.#options = options;
  }

  /** Makes `count` pods. @throws Error the first failure; the pods not tried are not expected */
  async create(set: ReplicaSet, count: number): Promise<void> {
    const { expectations } = this.#options;
    const { uid = '' } = set.metadata;
    expectations.expectCreations(uid, count);
    const create = () => this.#createOne(set);
    const { succeeded, error } = await slowStart(count, create);
    expectations.creationObserved(uid, count - succeeded);
    if (error !== undefined) throw error;
  }

  /** Removes `pods`. @throws Error the first failure, after all have been tried */
  async delete(set: ReplicaSet, pods: readonly Pod[]): Promise<void> {
    const { expectations } = this.#options;
    const { uid = '' } = set.metadata;
    expectations.expectDeletions(
      uid,
      pods.map(({ metadata }) => metadata.uid ?? ''),
    );
    const deletions = pods.map((pod) => async () => {
      try {
        await this.#deleteOne(set, pod);
      } catch (error) {
        expectations.deletionObserved(uid, pod.metadata.uid ?? '');
        // Gone, or another pod has its name by now.
        if (!isReason(error, 'NotFound', 'Conflict')) throw error;
      }
    });
    const [error] = await together(deletions);
    if (error !== undefined) throw error;
  }

  async #createOne(set: ReplicaSet): Promise<void> {
    const { client, recorder } = this.#options;
    const pod = podFromTemplate(set);
    try {
      const { metadata } = await client.create(podResource, pod);
      recorder.record(set, 'Normal', 'SuccessfulCreate', `Created pod: ${metadata.name}`);
    } catch (error) {
      // In a namespace that ends each attempt would fail. The pod stays expected: none is made
      // until the set is gone too.
      if (hasCause(error, 'NamespaceTerminating')) return;
      recorder.record(set, 'Warning', 'FailedCreate', `Error creating: ${textOf(error)}`);
      throw error;
    }
  }

  async #deleteOne(set: ReplicaSet, { metadata }: Pod): Promise<void> {
    const { client, recorder } = this.#options;
    const { name = '', namespace, uid } = metadata;
    try {
      await client.delete(podResource, name, namespace, { uid });
      recorder.record(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
    } catch (error) {
      if (isReason(error, 'NotFound', 'Conflict')) throw error;
      recorder.record(set, 'Warning', 'FailedDelete', `Error deleting: ${textOf(error)}`);
      throw new Error(`unable to delete pods: ${textOf(error)}`);
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
