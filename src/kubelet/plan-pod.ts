import type { Container, Pod } from '../generated/types.ts';
import { isSidecar } from '../objects/core/pod/conditions.ts';
import { containerHash, HASH_ANNOTATION } from './container-hash.ts';
import { goDuration } from './go-duration.ts';
import type { Action, Plan, Preparation, Waiting } from './plan.ts';
import { planTermination } from './plan-termination.ts';
import { debugContainers, podText } from './pod-identity.ts';
import type { ContainerStatus } from './runtime.ts';
import {
  isAlive,
  mustBeStopped,
  newestOf,
  type PodRuntime,
  readySandbox,
  restartCountOf,
} from './runtime-state.ts';

/** All that a plan depends on. */
export interface PlanInput {
  readonly pod: Pod;
  readonly runtime: PodRuntime;
  /** Epoch ms. */
  readonly now: number;
  /** Set when the pod must end: it is deleted, finished, evicted or out of time. */
  readonly ending: { readonly graceSeconds: number } | null;
  /** Containers being killed now, and when their grace ends (epoch ms). */
  readonly killing: ReadonlyMap<string, number>;
  /** By container name: starts under way. */
  readonly preparations: ReadonlyMap<string, Preparation>;
  /** The probe that found a container (by id) broken. */
  probeFailure(id: string): 'liveness' | 'startup' | undefined;
  /** Whether a running container must be replaced to have the resources that it was given. */
  resizeNeedsRestart(status: ContainerStatus): boolean;
  /** Whether a running container (by id) has passed its startup probe. */
  started(id: string): boolean;
  /** The restart delay of a container, and how much of it is left after `finishedAt`, in ms. */
  restartDelay(container: Container, finishedAt: number): { delayMs: number; remainingMs: number };
  /** Restarts that the API knew of when the runtime has lost a container. */
  restartsKnown(name: string): number | undefined;
}

/**
 * Decides what to do next for a pod: upstream's computePodActions, with what upstream waits for
 * (pulls, kills) as state instead. Pure.
 */
export function planPod(input: PlanInput): Plan {
  if (input.ending !== null) return planTermination(input, input.ending.graceSeconds);
  const { pod, runtime } = input;
  if (!readySandbox(runtime)) return planSandbox(input);
  const round = new Round(input);
  round.planDebug();
  const init = round.planInit();
  if (init === 'pending') return round.plan();
  if (init === 'done') for (const container of pod.spec.containers) round.planMain(container);
  return round.isIdle ? planTermination(input, graceOf(pod)) : round.plan();
}

/** Without a living sandbox: end what is left in the old one, then make one if it is needed. */
function planSandbox(input: PlanInput): Plan {
  const { pod, runtime } = input;
  const newest = runtime.sandboxes[0];
  const alive = runtime.containers.filter(isAlive);
  if (alive.length > 0) {
    const kill = planTermination(input, graceOf(pod));
    return { ...kill, ended: false };
  }
  const hasRun = runtime.containers.length > 0;
  const needed = !hasRun || pod.spec.containers.some((container) => mayRun(input, container));
  if (!needed) return planTermination(input, graceOf(pod));
  const attempt = newest === undefined ? 0 : newest.attempt + 1;
  const replaces = newest !== undefined;
  // Ports of the node lead into the first sandbox that has them: the old one lets go of them first.
  const actions: Action[] = runtime.sandboxes
    .filter(mustBeStopped)
    .map(({ id }) => ({ type: 'stopSandbox', id }));
  actions.push({ type: 'createSandbox', attempt, replaces });
  return { actions, waiting: new Map(), wakeAt: Infinity, ended: false };
}

function graceOf(pod: Pod): number {
  return pod.spec.terminationGracePeriodSeconds ?? 30;
}

/** Whether the rules of restarting let a container start that is not running. */
function mayRun(input: PlanInput, container: Container): boolean {
  const newest = newestOf(input.runtime, container.name);
  if (newest === undefined || newest.state !== 'exited') return true;
  const policy = container.restartPolicy ?? input.pod.spec.restartPolicy ?? 'Always';
  if (policy === 'Always') return !isFinishedInit(input.pod, container, newest);
  return policy === 'OnFailure' && newest.exitCode !== 0;
}

function isFinishedInit(pod: Pod, container: Container, status: ContainerStatus): boolean {
  return isInit(pod, container) && !isSidecar(container) && status.exitCode === 0;
}

function isInit(pod: Pod, container: Container): boolean {
  return pod.spec.initContainers?.includes(container) ?? false;
}

/** Collects one plan for a pod whose sandbox lives. */
class Round {
  readonly #input: PlanInput;
  readonly #actions: Action[] = [];
  readonly #waiting = new Map<string, Waiting>();
  #wakeAt = Infinity;
  /** Main containers that run, are about to, or will after a wait. */
  #wanted = 0;

  constructor(input: PlanInput) {
    this.#input = input;
  }

  /** Nothing runs and nothing will: the pod has finished. */
  get isIdle(): boolean {
    return this.#wanted === 0;
  }

  plan(): Plan {
    const { runtime } = this.#input;
    const sandbox = readySandbox(runtime);
    for (const old of runtime.sandboxes.filter(mustBeStopped)) {
      if (old !== sandbox) this.#actions.push({ type: 'stopSandbox', id: old.id });
    }
    const actions = this.#actions;
    return { actions, waiting: this.#waiting, wakeAt: this.#wakeAt, ended: false };
  }

  /** Runs init containers in their order, and says whether the main ones may run. */
  planInit(): 'done' | 'pending' | 'failed' {
    const { pod, runtime } = this.#input;
    // Once a main container was started, initialization is over for this sandbox, even when the
    // dead init containers have been removed meanwhile.
    const mainNames = new Set(pod.spec.containers.map(({ name }) => name));
    const isInitialized = runtime.containers.some(
      (status) => mainNames.has(status.name) && !this.#isOld(status),
    );
    for (const container of pod.spec.initContainers ?? []) {
      if (isSidecar(container)) {
        const isStarted = this.#planSidecar(container);
        if (!isInitialized && !isStarted) return 'pending';
      } else if (!isInitialized) {
        const outcome = this.#planInitContainer(container);
        if (outcome !== 'done') return outcome;
      }
    }
    return 'done';
  }

  /** Containers for debugging start whatever the others do, once: they are never restarted. */
  planDebug(): void {
    const { pod, runtime, restartsKnown } = this.#input;
    for (const container of debugContainers(pod)) {
      const isNew = newestOf(runtime, container.name) === undefined;
      if (isNew && restartsKnown(container.name) === undefined) this.#start(container, undefined);
    }
  }

  planMain(container: Container): void {
    if (this.#planContainer(container)) this.#wanted++;
  }

  #planInitContainer(container: Container): 'done' | 'pending' | 'failed' {
    const newest = newestOf(this.#input.runtime, container.name);
    if (newest?.state === 'exited' && newest.exitCode === 0 && !this.#isOld(newest)) return 'done';
    return this.#planContainer(container) ? 'pending' : 'failed';
  }

  /** True when the sidecar runs and has started, so that the next container may. */
  #planSidecar(container: Container): boolean {
    this.#planContainer(container);
    const newest = newestOf(this.#input.runtime, container.name);
    return newest?.state === 'running' && this.#input.started(newest.id);
  }

  #isOld(status: ContainerStatus): boolean {
    return status.sandboxId !== readySandbox(this.#input.runtime)?.id;
  }

  /** False when the container has ended for good. */
  #planContainer(container: Container): boolean {
    const newest = newestOf(this.#input.runtime, container.name);
    if (newest === undefined || !isAlive(newest)) {
      const isRepeated =
        newest !== undefined && this.#isOld(newest) && isInit(this.#input.pod, container);
      if (!isRepeated && !mayRun(this.#input, container)) return false;
      this.#start(container, newest);
    } else if (!this.#input.killing.has(newest.id)) {
      this.#planRunning(container, newest);
    }
    return true;
  }

  #planRunning(container: Container, status: ContainerStatus): void {
    const { name } = container;
    const failure = this.#input.probeFailure(status.id);
    if (status.annotations[HASH_ANNOTATION] !== containerHash(container)) {
      this.#kill(status, container, `Container ${name} definition changed, will be restarted`);
    } else if (this.#input.resizeNeedsRestart(status)) {
      this.#kill(status, container, `Container ${name} resize requires restart`);
    } else if (status.state === 'unknown') {
      this.#kill(status, container, `Stopping container ${name}`);
    } else if (failure !== undefined) {
      const policy = container.restartPolicy ?? this.#input.pod.spec.restartPolicy;
      const next = policy === 'Never' ? '' : ', will be restarted';
      const event = `Container ${name} failed ${failure} probe${next}`;
      this.#kill(
        status,
        container,
        event,
        probeOf(container, failure)?.terminationGracePeriodSeconds,
      );
    }
  }

  #kill(
    status: ContainerStatus,
    container: Container,
    event: string,
    probeGraceSeconds?: number,
  ): void {
    const graceSeconds = probeGraceSeconds ?? graceOf(this.#input.pod);
    const { id } = status;
    const { name } = container;
    this.#actions.push({ type: 'killContainer', id, name, event, graceSeconds, after: [] });
  }

  #start(container: Container, newest: ContainerStatus | undefined): void {
    const { now, preparations, runtime } = this.#input;
    const { name } = container;
    const isExited = newest?.state === 'exited';
    if (isExited && this.#isBackingOff(container, newest)) return;
    const preparation = preparations.get(name);
    if (preparation === undefined) {
      this.#actions.push({ type: 'prepareImage', container });
    } else if (preparation.state === 'failed') {
      const { reason, message, retryAt } = preparation;
      this.#waiting.set(name, { reason, message });
      if (now >= retryAt) this.#actions.push({ type: 'prepareImage', container });
      else this.#wakeAt = Math.min(this.#wakeAt, retryAt);
    } else if (preparation.state === 'ready') {
      const known = newest === undefined ? this.#input.restartsKnown(name) : undefined;
      const before = newest === undefined ? known : restartCountOf(newest);
      this.#actions.push({
        type: 'startContainer',
        container,
        sandboxId: readySandbox(runtime)!.id,
        imageId: preparation.imageId,
        attempt: before === undefined ? 0 : before + 1,
        lastFinishedAt: isExited ? newest.finishedAt : 0,
      });
    }
  }

  #isBackingOff(container: Container, exited: ContainerStatus): boolean {
    const { now, pod } = this.#input;
    const { delayMs, remainingMs } = this.#input.restartDelay(container, exited.finishedAt);
    if (remainingMs <= 0) return false;
    this.#wakeAt = Math.min(this.#wakeAt, now + remainingMs);
    const delay = goDuration(delayMs);
    const message = `back-off ${delay} restarting failed container=${container.name} pod=${podText(pod)}`;
    this.#waiting.set(container.name, { reason: 'CrashLoopBackOff', message });
    return true;
  }
}

function probeOf(container: Container, failure: 'liveness' | 'startup') {
  return failure === 'liveness' ? container.livenessProbe : container.startupProbe;
}
