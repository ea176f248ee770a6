import type { Timer } from '../base/clock.ts';
import { type Track, traced } from '../base/tracer.ts';
import { pods } from '../client/resources.ts';
import type { Container, Pod, PodStatus } from '../generated/types.ts';
import { isReason } from '../objects/api-error.ts';
import { containerStatus, isTerminal } from '../objects/core/pod/conditions.ts';
import { restartBackOff } from '../objects/core/pod/restart-back-off.ts';
import { containerEvents } from './container-events.ts';
import { ContainerKiller } from './container-killer.ts';
import { withoutCutOffStarts } from './cut-off-starts.ts';
import { mergeStatus } from './merge-status.ts';
import type { NodeContext } from './node-context.ts';
import { restartKey } from './node-context.ts';
import type { Plan } from './plan.ts';
import { planPod } from './plan-pod.ts';
import { PodActions } from './pod-actions.ts';
import { PodEnd, type PodFailure } from './pod-end.ts';
import { identityOf, podText, podTrack } from './pod-identity.ts';
import { podStatus } from './pod-status.ts';
import { probedPod } from './probed-pod.ts';
import { PodProbes } from './probes/pod-probes.ts';
import { runProbe } from './probes/run-probe.ts';
import type { ResizeRefusal } from './resize/judge-resize.ts';
import { PodResize } from './resize/pod-resize.ts';
import { type PodRuntime, readySandbox } from './runtime-state.ts';
import { type PodObject, StatusWriter } from './status-writer.ts';
import { TerminationMessages } from './termination-messages.ts';

/** A round that failed is repeated after 1 s, 2 s, ... up to this. */
const RETRY_MS_MAX = 10_000;

/**
 * The life of one pod on this node: one round at a time of looking, planning, acting and telling.
 * Rounds follow changes (of the pod, the runtime, a probe, a pull, a kill) or the time the last plan
 * named; nothing is polled.
 */
export class PodWorker {
  readonly #node: NodeContext;
  readonly #track: Track;
  readonly #controller = new AbortController();
  readonly #writer: StatusWriter;
  readonly #probes: PodProbes;
  readonly #killer: ContainerKiller;
  readonly #actions: PodActions;
  readonly #messages: TerminationMessages;
  readonly #end: PodEnd;
  readonly #resize: PodResize;
  readonly #removed: () => void;
  /** What this process's predecessor told of containers that still run. */
  readonly #adopted: PodStatus;
  #status: PodStatus;
  #plan: Plan | null = null;
  #isRunning = false;
  #isDirty = false;
  #timer: Timer | null = null;
  #failures = 0;

  /**
   * @param removed called when nothing is left of the pod, here and in the API
   * @param judge says why the pod may not have the resources that it asks for now
   * @param object the pod's object in the API, where that is not the pod itself
   */
  constructor(
    node: NodeContext,
    pod: Pod,
    removed: () => void,
    judge: (pod: Pod) => ResizeRefusal | null,
    object?: PodObject,
  ) {
    const wake = () => this.wake();
    const { signal } = this.#controller;
    this.#node = node;
    this.#track = podTrack(pod);
    node.tracer.mark(this.#track, 'kubelet: pod seen');
    this.#removed = removed;
    this.#adopted = pod.status ?? {};
    this.#status = pod.status ?? {};
    const log = node.log.with({ pod: podText(pod) });
    this.#writer = new StatusWriter({ ...node, log }, pod, object);
    this.#killer = new ContainerKiller(node, signal, wake);
    this.#actions = new PodActions(node, this.#killer, signal, wake);
    this.#messages = new TerminationMessages(node.edges.files);
    this.#end = new PodEnd(pod);
    this.#resize = new PodResize(node, pod, judge);
    this.#probes = this.#makeProbes(pod);
    this.#probes.start();
  }

  get pod(): Pod {
    return this.#writer.pod;
  }

  /** The pod with the resources that it was given, which may not be those it asks for now. */
  get allocated(): Pod {
    return this.#resize.allocated(this.current);
  }

  /** Whether it waits for resources that other pods of the node have. */
  get isDeferred(): boolean {
    return this.#resize.conditions().some(({ reason }) => reason === 'Deferred');
  }

  /** The pod with its newest status, whether written yet or not. */
  get current(): Pod {
    return { ...this.pod, status: this.#status };
  }

  /** The pod has changed in the API. */
  update(pod: Pod): void {
    this.#writer.see(pod);
    this.#end.see(pod);
    if (this.#end.isDeleted) this.#stopStarting();
    this.wake();
  }

  /** The pod is gone from the API: what it still has here must end. */
  gone(last: Pod): void {
    this.#end.gone(last);
    this.#stopStarting();
    this.wake();
  }

  /** The pod must not run on: its phase becomes Failed. */
  fail(failure: PodFailure): void {
    this.#end.fail(failure);
    this.wake();
  }

  /** The pod may not run here: its phase becomes Failed. */
  refuse(reason: string, message: string): void {
    this.#end.refuse(reason, message);
    this.wake();
  }

  /** The pod must make room, and gets the time for it that the node has. */
  evict(message: string, isDisruption: boolean, graceSeconds: number): void {
    this.fail({ reason: 'Evicted', message, graceSeconds, isDisruption });
  }

  /** The pod shall not run on. */
  get isEnding(): boolean {
    return this.#end.isEnding;
  }

  /** It has ended for good, and its volumes are gone. */
  get hasLetGo(): boolean {
    return this.#actions.hasNoVolumes || this.#controller.signal.aborted;
  }

  /** Something may have changed: a round follows. */
  wake(): void {
    if (this.#controller.signal.aborted) return;
    this.#isDirty = true;
    if (!this.#isRunning) void this.#run();
  }

  /** Ends the worker, not the pod. */
  stop(): void {
    this.#controller.abort();
    this.#timer?.cancel();
    this.#probes.stop();
  }

  #stopStarting(): void {
    this.#actions.cancelStarts();
    this.#probes.stopLivenessAndStartup();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#isDirty && !this.#controller.signal.aborted) {
      this.#isDirty = false;
      this.#timer?.cancel();
      try {
        await traced(this.#node.tracer, this.#track, 'kubelet: round', () => this.#round());
        this.#failures = 0;
      } catch (error) {
        const delayMs = Math.min(1000 * 2 ** Math.min(this.#failures++, 10), RETRY_MS_MAX);
        const pod = podText(this.pod);
        this.#node.log.warn('pod not brought on', { pod, delayMs, error: String(error) });
        this.#wakeIn(delayMs);
      }
    }
    // In the same turn as the last look at #isDirty, so that no wake falls in between.
    this.#isRunning = false;
  }

  #wakeIn(delayMs: number): void {
    this.#timer?.cancel();
    if (this.#controller.signal.aborted) return;
    this.#timer = this.#node.clock.timer(delayMs, () => this.wake());
  }

  async #round(): Promise<void> {
    const { cache, clock } = this.#node;
    const uid = this.pod.metadata.uid ?? '';
    const runtime = this.#end.isEnding
      ? cache.get(uid)
      : await withoutCutOffStarts(this.#node, uid);
    await this.#messages.load(runtime);
    this.#actions.see(this.pod, runtime);
    // What happened is told before anything is done about it: an end is seen before the restart.
    this.#resize.decide(this.pod);
    const pod = this.#resize.allocated(this.pod);
    this.#tell(runtime);
    const plan = this.#makePlan(runtime, pod);
    this.#tellBackOffs(plan);
    this.#plan = plan;
    if (plan.actions.length > 0) {
      const changed = await this.#actions.apply(pod, plan.actions);
      if (changed) this.#isDirty = true;
    }
    this.#resize.see(cache.get(uid));
    if (!this.#end.isEnding) await this.#resize.apply(pod, cache.get(uid));
    // A container that ended meanwhile is not told without its last words.
    const after = cache.get(uid);
    await this.#messages.load(after);
    if (this.#controller.signal.aborted) return;
    this.#tell(after);
    if (!this.#isDirty) this.#hastenReadiness();
    if (plan.ended) await this.#finish();
    else if (await this.#actions.collect(cache.get(uid))) this.#isDirty = true;
    const retryAt = Math.min(this.#actions.retryAt, this.#resize.retryAt);
    const wakeAt = Math.min(plan.wakeAt, retryAt, this.#end.deadline(this.pod));
    if (wakeAt < Infinity && !this.#isDirty) this.#wakeIn(wakeAt - clock.now());
  }

  #makePlan(runtime: PodRuntime, pod: Pod): Plan {
    const { clock, restarts } = this.#node;
    const now = clock.now();
    const limits = restartBackOff(pod);
    this.#end.checkDeadline(pod, now, this.#node.recorder);
    return planPod({
      pod,
      runtime,
      now,
      ending: this.#end.ending(pod, now, isTerminal({ status: this.#status })),
      killing: this.#killer.killing,
      preparations: this.#actions.preparations(pod),
      probeFailure: (id) => this.#probes.failure(id),
      resizeNeedsRestart: (status) => this.#resize.needsRestart(pod, status),
      started: (id) => this.#isStarted(runtime, id),
      restartDelay: (container, finishedAt) => {
        const key = restartKey(pod, container);
        const remainingMs = restarts.remainingMs(key, finishedAt, limits);
        return { delayMs: restarts.get(key, limits), remainingMs };
      },
      restartsKnown: (name) => this.#restartsKnown(name),
    });
  }

  /** Computes the status and has it written. */
  #tell(runtime: PodRuntime): void {
    const { clock, features, hostIps, runtimeName } = this.#node;
    const { pod } = this;
    const waiting = this.#actions.waiting(this.#plan?.waiting ?? new Map());
    this.#status = podStatus({
      pod: { ...pod, status: mergeStatus(pod.status, this.#status) },
      runtime,
      now: clock.now(),
      hostIps,
      runtimeName,
      features,
      waiting,
      failure: this.#end.failure,
      isRefused: this.#end.isRefused,
      resources: this.#resize,
      isEnding: this.#end.isEnding && this.#plan?.ended === true,
      messageOf: (id) => this.#messages.get(id),
      started: (id) => this.#isStarted(runtime, id),
      ready: (id) => this.#isReady(runtime, id),
    });
    if (!this.#end.isGone) this.#writer.write(this.#status, this.#controller.signal);
  }

  /** A started container that is not ready is probed at once, as upstream does on each sync. */
  #hastenReadiness(): void {
    const { containerStatuses = [], initContainerStatuses = [] } = this.#status;
    for (const status of [...initContainerStatuses, ...containerStatuses]) {
      if (status.started && !status.ready) this.#probes.hasten(status.name);
    }
  }

  #isStarted(runtime: PodRuntime, id: string): boolean {
    const status = runtime.containers.find((container) => container.id === id);
    return status?.state === 'running' && this.#probes.started(status.name, id);
  }

  #isReady(runtime: PodRuntime, id: string): boolean {
    const status = runtime.containers.find((container) => container.id === id);
    return status?.state === 'running' && this.#probes.ready(status.name, id);
  }

  #restartsKnown(name: string): number | undefined {
    const status = containerStatus(this.pod, name);
    return status?.containerID ? status.restartCount : undefined;
  }

  #tellBackOffs(plan: Plan): void {
    const { recorder } = this.#node;
    for (const [name, { reason }] of plan.waiting) {
      if (reason !== 'CrashLoopBackOff' || this.#plan?.waiting.get(name)?.reason === reason)
        continue;
      const message = `Back-off restarting failed container ${name} in pod ${podText(this.pod)}`;
      containerEvents(recorder, this.pod, name).record('Warning', 'BackOff', message);
    }
  }

  /** Nothing runs any more. A deleted pod is removed; one that has run to its end stays. */
  async #finish(): Promise<void> {
    const { cache, cgroups, client, edges, runtime } = this.#node;
    if (!this.#end.isDeleted && !this.#end.isGone) {
      if (!isTerminal({ status: this.#status })) return;
      this.#probes.stop();
      // Nothing is removed that a later kubelet, which knows only what was told, could want.
      await this.#writer.flushed();
      await Promise.all([this.#actions.removeVolumes(this.pod), cgroups.remove(this.pod)]);
      return;
    }
    this.#probes.stop();
    await this.#writer.flushed();
    const identity = identityOf(this.pod);
    const { containers, sandboxes } = cache.get(identity.uid);
    for (const { id } of containers) {
      await runtime.removeContainer(id);
      await cache.refresh(id);
    }
    for (const { id } of sandboxes) {
      await runtime.removeSandbox(id);
      await cache.refresh(id);
    }
    await this.#actions.release(this.pod);
    await Promise.all([edges.files.removePod(identity), cgroups.remove(this.pod)]);
    if (!this.#end.isGone) await this.#deleteFromApi(client);
    this.stop();
    this.#removed();
  }

  async #deleteFromApi(client: NodeContext['client']): Promise<void> {
    const { uid, name, namespace } = identityOf(this.pod);
    try {
      await client.delete(pods, name, namespace, { gracePeriodSeconds: 0, uid });
    } catch (error) {
      if (!isReason(error, 'NotFound', 'Conflict')) throw error;
    }
  }

  #makeProbes(pod: Pod): PodProbes {
    const { clock, prng } = this.#node;
    return new PodProbes(pod, {
      clock,
      prng,
      pod: probedPod(
        () => this.#status,
        pod,
        () => this.#end.isEnding,
      ),
      kubeletUptimeMs: this.#node.uptimeMs(),
      changed: () => this.wake(),
      initialResult: (type, id) => {
        const all = [
          ...(this.#adopted.containerStatuses ?? []),
          ...(this.#adopted.initContainerStatuses ?? []),
        ];
        const known = all.find((status) => status.containerID?.endsWith(`://${id}`));
        if (type === 'readiness' && known?.ready) return 'success';
        return type === 'startup' && known?.started ? 'success' : undefined;
      },
      run: (type, container: Container, probe, containerId, signal) => {
        const { cache, edges, hostIps, recorder, runtime } = this.#node;
        const sandbox = readySandbox(cache.get(pod.metadata.uid ?? ''));
        const call = {
          type,
          probe,
          pod,
          container,
          containerId,
          podIp: (pod.spec.hostNetwork ? undefined : sandbox?.ips[0]) ?? hostIps[0] ?? '',
          runtime,
          prober: edges.prober,
          events: containerEvents(recorder, pod, container.name),
        };
        const name = `kubelet: ${type} probe`;
        return traced(this.#node.tracer, this.#track, name, () => runProbe(call, signal));
      },
    });
  }
}
