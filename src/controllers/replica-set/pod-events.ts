import type { Informer } from '../../client/informer.ts';
import type { Pod, ReplicaSet } from '../../generated/types.ts';
import { equalJson } from '../../objects/core/immutable.ts';
import { podCondition } from '../../objects/core/pod/conditions.ts';
import { controllerOf } from '../ownership/controller-reference.ts';
import { ownerOf, ownersSelecting } from '../ownership/owners.ts';
import type { Expectations } from './expectations.ts';
import { isActive } from './plan-replicas.ts';

const KIND = 'ReplicaSet';

export interface PodEventsOptions {
  readonly pods: Informer<Pod>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly expectations: Expectations;
  /** Called for each set that a change concerns. */
  readonly concerned: (set: ReplicaSet) => void;
}

/** What of a pod its set sees. Where it runs and how often it started counts only as it goes. */
function shown(pod: Pod): unknown {
  const { metadata } = pod;
  const { status, lastTransitionTime } = podCondition(pod, 'Ready') ?? {};
  return [metadata.labels, isActive(pod), controllerOf(pod), status, lastTransitionTime];
}

/** Tells which sets the change of a pod concerns, and what they need no longer expect. */
export class PodEvents {
  readonly #options: PodEventsOptions;

  constructor(options: PodEventsOptions) {
    this.#options = options;
    options.pods.subscribe({
      added: (pod) => this.#added(pod),
      updated: (pod, old) => {
        if (!equalJson(shown(pod), shown(old))) this.#updated(pod, old);
      },
      deleted: (pod) => this.#gone(pod),
    });
  }

  #added(pod: Pod): void {
    // Seen for the first time when it is about to go: nobody has just made it.
    if (!pod.metadata.deletionTimestamp) {
      const set = this.#ownerOf(pod);
      this.#options.expectations.creationObserved(set?.metadata.uid ?? '');
    }
    this.#changed(pod);
  }

  #updated(pod: Pod, old: Pod): void {
    const left = controllerOf(old)?.uid === controllerOf(pod)?.uid ? undefined : this.#ownerOf(old);
    if (left !== undefined) this.#options.concerned(left);
    this.#changed(pod);
  }

  #changed(pod: Pod): void {
    // It counts as gone from the moment its deletion is asked for, not when it has stopped.
    if (pod.metadata.deletionTimestamp) this.#gone(pod);
    else if (controllerOf(pod) === undefined) {
      const { replicaSets, concerned } = this.#options;
      for (const set of ownersSelecting(replicaSets, pod)) concerned(set);
    } else {
      const set = this.#ownerOf(pod);
      if (set !== undefined) this.#options.concerned(set);
    }
  }

  #gone(pod: Pod): void {
    const set = this.#ownerOf(pod);
    if (set === undefined) return;
    this.#options.expectations.deletionObserved(set.metadata.uid ?? '', pod.metadata.uid ?? '');
    this.#options.concerned(set);
  }

  #ownerOf(pod: Pod): ReplicaSet | undefined {
    return ownerOf(this.#options.replicaSets, KIND, pod);
  }
}
