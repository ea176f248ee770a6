import { traced } from '../base/tracer.ts';
import type { Container, Pod } from '../generated/types.ts';
import { restartBackOff } from '../objects/core/pod/restart-back-off.ts';
import { CgroupError } from './cgroups/pod-cgroups.ts';
import { containerEvents, recordPodEvent } from './container-events.ts';
import type { ContainerKiller } from './container-killer.ts';
import { startContainer } from './container-starter.ts';
import { dnsComplaints } from './dns-config.ts';
import { EnvWatch } from './env-watch.ts';
import { unmetRequests } from './host-security.ts';
import { type NodeContext, restartKey } from './node-context.ts';
import type { Action, Preparation, Waiting } from './plan.ts';
import { allContainers, identityOf, podTrack } from './pod-identity.ts';
import { pullSecrets } from './pull-secrets.ts';
import { removeContainer } from './remove-container.ts';
import type { SandboxConfig } from './runtime.ts';
import { newestOf, type PodRuntime, readySandbox } from './runtime-state.ts';
import { sandboxConfig } from './sandbox-config.ts';
import { StartError } from './start-error.ts';
import { PodVolumes } from './volumes/pod-volumes.ts';
import { MountError } from './volumes/volume-type.ts';

/** A start that failed is tried again after this (upstream's sync error back-off). */
const START_RETRY_MS = 10_000;
/** A sandbox or mount that failed is tried again after 1 s, 2 s, ... up to this. */
const SANDBOX_RETRY_MS_MAX = 10_000;
/** Dead containers kept of each name, for their logs (upstream's MaxPerPodContainer). */
const DEAD_MAX = 1;

type Of<T extends Action['type']> = Extract<Action, { type: T }>;

/** Carries out what is planned for one pod, and remembers starts that are under way. */
export class PodActions {
  readonly #node: NodeContext;
  readonly #killer: ContainerKiller;
  readonly #signal: AbortSignal;
  readonly #wake: () => void;
  readonly #preparations = new Map<string, { image: string; state: Preparation }>();
  readonly #envWatch: EnvWatch;
  readonly #volumes: PodVolumes;
  #pulls = new AbortController();
  #hasNoVolumes = false;
  #sandboxFailures = 0;
  #retryAt = Infinity;

  constructor(node: NodeContext, killer: ContainerKiller, signal: AbortSignal, wake: () => void) {
    this.#node = node;
    this.#killer = killer;
    this.#signal = signal;
    this.#wake = wake;
    this.#envWatch = new EnvWatch(node.configWatches, signal, (name) => this.#retryNow(name));
    this.#volumes = new PodVolumes(node, signal, () => this.#createNow());
    signal.addEventListener('abort', () => this.#pulls.abort(), { once: true });
  }

  /** Epoch ms at which a failed sandbox is to be tried again; Infinity for none. */
  get retryAt(): number {
    return this.#retryAt;
  }

  /** Starts under way; those of an image that the pod no longer names are forgotten. */
  preparations(pod: Pod): ReadonlyMap<string, Preparation> {
    const current = new Map<string, Preparation>();
    for (const container of allContainers(pod)) {
      const preparation = this.#preparations.get(container.name);
      if (preparation?.image === container.image) current.set(container.name, preparation!.state);
      else this.#preparations.delete(container.name);
    }
    return current;
  }

  /** Why containers wait: what the plan says, and starts that have failed since. */
  waiting(planned: ReadonlyMap<string, Waiting>): ReadonlyMap<string, Waiting> {
    const waiting = new Map(planned);
    for (const [name, { state }] of this.#preparations) {
      if (state.state !== 'failed' || waiting.get(name)?.reason === 'CrashLoopBackOff') continue;
      waiting.set(name, { reason: state.reason, message: state.message });
    }
    return waiting;
  }

  /** Sees the newest pod, to keep its volumes up to date while it runs. */
  see(pod: Pod, runtime: PodRuntime): void {
    this.#volumes.see(pod, readySandbox(runtime) !== undefined);
  }

  /** The volumes of a pod that has ended for good are removed. */
  get hasNoVolumes(): boolean {
    return this.#hasNoVolumes;
  }

  /** Lets go of the pod's volumes and ids: nothing of it runs, or is written, any more. */
  async release({ metadata, spec }: Pod): Promise<void> {
    await this.#volumes.release();
    if (spec.hostUsers === false) await this.#node.userNamespaces.release(metadata.uid ?? '');
  }

  /** Removes the volumes of a pod that has ended for good: they may be large, or in memory. */
  async removeVolumes(pod: Pod): Promise<void> {
    if (this.#hasNoVolumes) return;
    await this.release(pod);
    await this.#node.edges.files.removeVolumes(pod.metadata.uid ?? '');
    this.#hasNoVolumes = true;
  }

  cancelStarts(): void {
    for (const name of this.#preparations.keys()) this.#envWatch.stop(name);
    this.#pulls.abort();
    this.#pulls = new AbortController();
  }

  /** Carries out `actions` in order; true when what the runtime has may have changed. */
  async apply(pod: Pod, actions: readonly Action[]): Promise<boolean> {
    let changed = false;
    for (const action of actions) {
      if (this.#signal.aborted) return false;
      const act = () => this.#act(pod, action);
      const name = `kubelet: ${action.type}`;
      const hasChanged = await traced(this.#node.tracer, podTrack(pod), name, act);
      changed = hasChanged || changed;
    }
    return changed;
  }

  /** Removes dead containers beyond those kept, and old sandboxes that are empty. */
  async collect(runtime: PodRuntime): Promise<boolean> {
    const { cache, runtime: real } = this.#node;
    let changed = false;
    const seen = new Map<string, number>();
    const kept = new Set<string>();
    for (const status of runtime.containers) {
      const isDead = status.state === 'exited' || status.state === 'created';
      const count = (seen.get(status.name) ?? 0) + (isDead ? 1 : 0);
      seen.set(status.name, count);
      const isNewest = newestOf(runtime, status.name) === status;
      if (!isDead || count <= DEAD_MAX || isNewest) {
        kept.add(status.sandboxId);
        continue;
      }
      await removeContainer(this.#node, status);
      changed = true;
    }
    for (const sandbox of runtime.sandboxes.slice(1)) {
      if (sandbox.ready || kept.has(sandbox.id)) continue;
      await real.removeSandbox(sandbox.id);
      await cache.refresh(sandbox.id);
      changed = true;
    }
    return changed;
  }

  async #act(pod: Pod, action: Action): Promise<boolean> {
    if (action.type === 'prepareImage') this.#prepare(pod, action.container);
    else if (action.type === 'killContainer') this.#killer.kill(pod, action);
    else if (action.type === 'createSandbox') return this.#create(pod, action);
    else if (action.type === 'startContainer') return this.#start(pod, action);
    else {
      await this.#node.runtime.stopSandbox(action.id);
      await this.#node.cache.refresh(action.id);
      return true;
    }
    return false;
  }

  #createNow(): void {
    if (this.#retryAt === Infinity) return;
    this.#retryAt = this.#node.clock.now();
    this.#wake();
  }

  #retryNow(name: string): void {
    const preparation = this.#preparations.get(name);
    // Infinity: it is being tried already.
    if (preparation?.state.state !== 'failed' || preparation.state.retryAt === Infinity) return;
    const state: Preparation = { ...preparation.state, retryAt: this.#node.clock.now() };
    this.#preparations.set(name, { ...preparation, state });
    this.#wake();
  }

  #prepare(pod: Pod, container: Container): void {
    const image = container.image ?? '';
    const before = this.#preparations.get(container.name)?.state;
    // While a failed one is tried again its reason stays shown.
    if (before?.state !== 'failed') {
      this.#preparations.set(container.name, { image, state: { state: 'pulling' } });
    } else {
      const state: Preparation = { ...before, retryAt: Infinity };
      this.#preparations.set(container.name, { image, state });
    }
    void this.#resolve(pod, container, image, this.#pulls.signal);
  }

  async #resolve(pod: Pod, container: Container, image: string, signal: AbortSignal) {
    const { config, images, recorder } = this.#node;
    const events = containerEvents(recorder, pod, container.name);
    const auths = await pullSecrets(pod, image, config);
    const state = await traced(this.#node.tracer, podTrack(pod), 'kubelet: image', () =>
      images.ensure(pod, container, auths, events, signal),
    );
    if (signal.aborted) this.#preparations.delete(container.name);
    else if (this.#preparations.get(container.name)?.image === image) {
      this.#preparations.set(container.name, { image, state });
    }
    this.#wake();
  }

  async #create(pod: Pod, action: Of<'createSandbox'>): Promise<boolean> {
    const { cache, clock, recorder, runtime, starts } = this.#node;
    if (clock.now() < this.#retryAt && this.#retryAt < Infinity) return false;
    const turn = await starts.enter('sandbox', this.#pulls.signal);
    // The pod is ending: it needs no sandbox any more.
    if (turn === null) return false;
    if (action.replaces && this.#sandboxFailures === 0) {
      const text = 'Pod sandbox changed, it will be killed and re-created.';
      recordPodEvent(recorder, pod, 'Normal', 'SandboxChanged', text);
    }
    try {
      await Promise.all([this.#volumes.mount(pod), this.#node.cgroups.prepare(pod)]);
      const config = await this.#sandboxConfig(pod, action.attempt);
      for (const text of dnsComplaints(pod, this.#node.dns)) {
        recordPodEvent(recorder, pod, 'Warning', 'DNSConfigForming', text);
      }
      const id = await runtime.runSandbox(config);
      await cache.learn(identityOf(pod), id, 'sandbox');
      if (action.attempt === 0) this.#tellUnmetRequests(pod);
      this.#sandboxFailures = 0;
      this.#retryAt = Infinity;
      return true;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (error instanceof CgroupError) {
        const message = `unable to ensure pod container exists: ${text}`;
        recordPodEvent(recorder, pod, 'Warning', 'FailedCreatePodContainer', message);
      } else if (!(error instanceof MountError)) {
        const message = `Failed to create pod sandbox: ${text}`;
        recordPodEvent(recorder, pod, 'Warning', 'FailedCreatePodSandBox', message);
      }
      // Half made, it may be there all the same: the next attempt must have another number.
      await cache.relist().catch(() => {});
      const delayMs = Math.min(1000 * 2 ** this.#sandboxFailures++, SANDBOX_RETRY_MS_MAX);
      this.#retryAt = clock.now() + delayMs;
      return false;
    } finally {
      turn.leave();
    }
  }

  #tellUnmetRequests(pod: Pod): void {
    const { edges, recorder } = this.#node;
    for (const [reason, message] of unmetRequests(pod, edges.machine.modules)) {
      recordPodEvent(recorder, pod, 'Warning', reason, message);
    }
  }

  async #sandboxConfig(pod: Pod, attempt: number): Promise<SandboxConfig> {
    const { dns, edges, cgroups, userNamespaces } = this.#node;
    const logDirectory = await edges.files.preparePod(identityOf(pod));
    const users = await userNamespaces.of(pod);
    return sandboxConfig(pod, attempt, logDirectory, dns, cgroups.pathOf(pod), users);
  }

  #killStarted(pod: Pod, { name }: Container, id: string, event: string): void {
    const graceSeconds = pod.spec.terminationGracePeriodSeconds ?? 30;
    this.#killer.kill(pod, { type: 'killContainer', id, name, event, graceSeconds, after: [] });
  }

  async #start(pod: Pod, action: Of<'startContainer'>): Promise<boolean> {
    const { cache, clock, restarts, starts } = this.#node;
    const { container, lastFinishedAt } = action;
    const turn = await starts.enter('container', this.#pulls.signal);
    if (turn === null) return false;
    const sandbox = readySandbox(cache.get(identityOf(pod).uid));
    if (sandbox?.id !== action.sandboxId) {
      // It has died while this waited: another plan is needed.
      turn.leave();
      return true;
    }
    // What lacks a ConfigMap is not restarted: it goes on waiting for that, and not for a back-off.
    const onConfigured = () => {
      if (lastFinishedAt === 0) return;
      restarts.next(restartKey(pod, container), lastFinishedAt, restartBackOff(pod));
    };
    try {
      const volumes = await this.#volumes.get(pod);
      const config = await this.#sandboxConfig(pod, sandbox.attempt);
      const kill = (id: string, event: string) => this.#killStarted(pod, container, id, event);
      const place = { sandbox, sandboxConfig: config, volumes, turn, onConfigured, kill };
      await startContainer(this.#node, pod, action, place, this.#pulls.signal);
      this.#preparations.delete(container.name);
      this.#envWatch.stop(container.name);
    } catch (error) {
      const { reason, message } = startError(error);
      const retryAt = clock.now() + START_RETRY_MS;
      const state: Preparation = { state: 'failed', reason, message, retryAt };
      this.#preparations.set(container.name, { image: container.image ?? '', state });
      if (reason === 'CreateContainerConfigError') this.#envWatch.start(pod, container);
    } finally {
      turn.leave();
    }
    return true;
  }
}

function startError(error: unknown): { reason: string; message: string } {
  if (error instanceof StartError) return { reason: error.reason, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { reason: 'CreateContainerError', message };
}
