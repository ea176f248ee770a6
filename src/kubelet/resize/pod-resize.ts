import type {
  ContainerStatus,
  Pod,
  PodCondition,
  ResourceRequirements,
} from '../../generated/types.ts';
import { containerStatus, isSidecar } from '../../objects/core/pod/conditions.ts';
import { recordPodEvent } from '../container-events.ts';
import type { NodeContext } from '../node-context.ts';
import { allContainers } from '../pod-identity.ts';
import { newestOf, type PodRuntime } from '../runtime-state.ts';
import { applyResize, type ContainerResize } from './apply-resize.ts';
import {
  changes,
  desiredResources,
  needsRestart,
  type PodResources,
  resourcesInStatus,
  withResources,
} from './container-resources.ts';
import type { ResizeRefusal } from './judge-resize.ts';

/** A resize that failed is tried again after this. */
const RETRY_MS = 10_000;

/** The conditions that tell of a resize. They are there only while there is something to tell. */
export const RESIZE_CONDITIONS: ReadonlySet<string> = new Set([
  'PodResizePending',
  'PodResizeInProgress',
]);

/**
 * Changes of a pod's resources while it runs. What the pod asks for is allocated when the node has
 * it (else the resize is pending); what is allocated is given to the containers, in place or by a
 * restart, as their resizePolicy says. Upstream's allocation manager and its checkpoint, which is
 * the pod's status here.
 */
export class PodResize {
  readonly #node: NodeContext;
  readonly #judge: (pod: Pod) => ResizeRefusal | null;
  #allocated: PodResources;
  /** What running containers have, by id. */
  readonly #actual = new Map<string, ResourceRequirements>();
  #refusal: ResizeRefusal | null = null;
  #error = '';
  #isInProgress = false;
  #retryAt = Infinity;

  /** @param judge says why the pod may not have what it asks for; null when it may */
  constructor(node: NodeContext, pod: Pod, judge: (pod: Pod) => ResizeRefusal | null) {
    this.#node = node;
    this.#judge = judge;
    // What an earlier kubelet had allocated counts, not what was asked for meanwhile.
    const known = new Map(desiredResources(pod));
    for (const name of known.keys()) {
      const status = containerStatus(pod, name);
      const own = resourcesInStatus(status);
      if (own === undefined) continue;
      known.set(name, own);
      const id = status?.containerID?.replace(/^.*:\/\//, '');
      if (id !== undefined) this.#actual.set(id, status?.resources ?? own);
    }
    this.#allocated = known;
  }

  /** Epoch ms at which a resize that failed is to be tried again; Infinity for none. */
  get retryAt(): number {
    return this.#retryAt;
  }

  /** The pod as it was given resources. */
  allocated(pod: Pod): Pod {
    return withResources(pod, this.#allocated);
  }

  /** Allocates what the pod asks for, if the node has it. */
  decide(pod: Pod): void {
    const desired = desiredResources(pod);
    const isChanged = [...desired].some(
      ([name, resources]) => changes(resources, this.#allocated.get(name)).length > 0,
    );
    const before = this.#refusal;
    this.#refusal = isChanged ? this.#judge(pod) : null;
    if (!isChanged) return;
    if (this.#refusal !== null) {
      if (this.#refusal.reason === before?.reason && this.#refusal.message === before.message)
        return;
      const { reason, message } = this.#refusal;
      this.#event(pod, 'Warning', `Resize${reason}`, `${reason}: ${message}: `);
      return;
    }
    this.#allocated = desired;
    this.#isInProgress = true;
    this.#event(pod, 'Normal', 'ResizeStarted', 'started: ');
  }

  /** Whether a running container must be replaced to have what is allocated to it. */
  needsRestart(pod: Pod, status: { readonly id: string; readonly name: string }): boolean {
    const container = allContainers(pod).find(({ name }) => name === status.name);
    if (container === undefined) return false;
    return needsRestart(container, this.#changed(status));
  }

  /** Gives running containers what is allocated to them. Never throws: a failure is told. */
  async apply(pod: Pod, runtime: PodRuntime): Promise<void> {
    const { clock, log } = this.#node;
    if (this.#retryAt !== Infinity && clock.now() < this.#retryAt) return;
    const resizes = this.#resizes(pod, runtime);
    if (resizes.length === 0 && !this.#isInProgress) return;
    this.#isInProgress = true;
    try {
      const before = withResources(pod, new Map(resizes.map(({ name, from }) => [name, from])));
      await applyResize(this.#node, before, pod, resizes);
      for (const { id, name, inPlace } of resizes) {
        if (inPlace) this.#actual.set(id, this.#allocated.get(name) ?? {});
      }
      this.#error = '';
      this.#retryAt = Infinity;
      if (resizes.every(({ inPlace }) => inPlace)) this.#complete(pod);
    } catch (error) {
      this.#error = error instanceof Error ? error.message : String(error);
      this.#retryAt = clock.now() + RETRY_MS;
      log.info('pod not resized, will be tried again', { error: this.#error });
      this.#event(pod, 'Warning', 'ResizeError', `error: ${this.#error}: `);
    }
  }

  /** The conditions that tell of the resize, without times. */
  conditions(): PodCondition[] {
    const conditions: PodCondition[] = [];
    if (this.#refusal !== null) {
      conditions.push({ type: 'PodResizePending', status: 'True', ...this.#refusal });
    }
    if (this.#isInProgress) {
      const error = this.#error === '' ? {} : { reason: 'Error', message: this.#error };
      conditions.push({ type: 'PodResizeInProgress', status: 'True', ...error });
    }
    return conditions;
  }

  /** What a container's status says of its resources. */
  statusOf(name: string, runtime: PodRuntime): Partial<ContainerStatus> {
    const allocated = this.#allocated.get(name) ?? {};
    const newest = newestOf(runtime, name);
    const actual = newest?.state === 'running' ? this.#actualOf(newest) : allocated;
    const { limits, requests } = actual;
    return {
      ...(allocated.requests === undefined ? {} : { allocatedResources: allocated.requests }),
      resources: {
        ...(limits === undefined ? {} : { limits }),
        ...(requests === undefined ? {} : { requests }),
      },
    };
  }

  /** A container that was made since the last look has what is allocated; gone ones are forgotten. */
  see(runtime: PodRuntime): void {
    const ids = new Set(runtime.containers.map(({ id }) => id));
    for (const id of this.#actual.keys()) if (!ids.has(id)) this.#actual.delete(id);
    for (const status of runtime.containers) this.#actual.set(status.id, this.#actualOf(status));
  }

  #actualOf({ id, name }: { id: string; name: string }): ResourceRequirements {
    return this.#actual.get(id) ?? this.#allocated.get(name) ?? {};
  }

  #changed(status: { readonly id: string; readonly name: string }) {
    return changes(this.#allocated.get(status.name), this.#actualOf(status));
  }

  /** Running containers that do not have yet what is allocated to them. */
  #resizes(pod: Pod, runtime: PodRuntime): ContainerResize[] {
    const resizable = allContainers(pod).filter(
      (container) => pod.spec.containers.includes(container) || isSidecar(container),
    );
    return resizable.flatMap((container) => {
      const { name } = container;
      const status = newestOf(runtime, name);
      if (status?.state !== 'running') return [];
      const changed = this.#changed(status);
      if (changed.length === 0) return [];
      const inPlace = !needsRestart(container, changed);
      return [{ id: status.id, name, container, inPlace, from: this.#actualOf(status) }];
    });
  }

  #complete(pod: Pod): void {
    this.#isInProgress = false;
    this.#event(pod, 'Normal', 'ResizeCompleted', 'completed: ');
  }

  #event(pod: Pod, type: 'Normal' | 'Warning', reason: string, text: string): void {
    const containers = pod.spec.containers.map(({ name, resources = {} }) => ({ name, resources }));
    const message = `Pod resize ${text}${JSON.stringify({ containers })}`;
    recordPodEvent(this.#node.recorder, pod, type, reason, message);
  }
}
