import type { Pod, Volume } from '../../generated/types.ts';
import { type ConfigRef, refKey } from '../config-watch.ts';
import { goErrorText } from '../go-error-text.ts';
import type { NodeContext } from '../node-context.ts';
import type { PodTokens } from './pod-tokens.ts';
import {
  isLive,
  MountError,
  type MountedVolume,
  type VolumeContext,
  type VolumeType,
} from './volume-type.ts';
import { volumeTypeOf } from './volume-types.ts';

/** An update that failed is tried again after 0.5 s, 1 s, ... up to this: upstream's back-off. */
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 122_000;

/** Why a volume could not be mounted. */
export interface MountFailure {
  /** Upstream's text. */
  readonly message: string;
  /** Attempts are more frequent than upstream's, but they are told of at its intervals. */
  readonly isToTell: boolean;
}

/** One volume of one pod: what it shows, and when that is out of date. */
export class PodVolume {
  readonly name: string;
  readonly #node: NodeContext;
  readonly #tokens: PodTokens;
  readonly #volume: Volume;
  readonly #type: VolumeType;
  readonly #outdated: () => void;
  /** The revision shown of each object, by {@link refKey}; null where it does not exist. */
  readonly #shown = new Map<string, string | null>();
  #releases: (() => void)[] | null = null;
  #mounted: MountedVolume | null = null;
  #refreshAt = Infinity;
  #failures = 0;
  #told = { message: '', times: 0, nextAt: 0 };

  /** @param outdated called when `refreshAt` has come nearer */
  constructor(node: NodeContext, tokens: PodTokens, volume: Volume, outdated: () => void) {
    this.name = volume.name;
    this.#node = node;
    this.#tokens = tokens;
    this.#volume = volume;
    this.#type = volumeTypeOf(volume);
    this.#outdated = outdated;
  }

  /** As mounted last; null before. */
  get mounted(): MountedVolume | null {
    return this.#mounted;
  }

  /** The last attempt to mount it failed. */
  get hasFailed(): boolean {
    return this.#failures > 0;
  }

  /** Epoch ms at which it is to be mounted again; Infinity while nothing changes. */
  get refreshAt(): number {
    return this.#refreshAt;
  }

  /** Mounts it and watches what it shows from then on. Answers why when it cannot. */
  async mount(pod: Pod): Promise<MountFailure | null> {
    // Before reading, so that no change falls in between.
    this.#listen(pod);
    this.#refreshAt = Infinity;
    const context: VolumeContext = {
      pod,
      node: this.#node,
      tokens: this.#tokens,
      saw: (ref, version) => this.#shown.set(refKey(ref), version),
    };
    try {
      this.#mounted = await this.#type.mount(this.#volume, context);
      this.#refreshAt = Math.min(this.#refreshAt, this.#mounted.renewAt ?? Infinity);
      this.#failures = 0;
      this.#told = { message: '', times: 0, nextAt: 0 };
      return null;
    } catch (error) {
      const why = goErrorText(error);
      if (!(error instanceof MountError)) {
        this.#node.log.warn('volume not mounted', { volume: this.name, error: why });
      }
      this.#refreshAt = Math.min(
        this.#refreshAt,
        this.#node.clock.now() + retryMs(this.#failures++),
      );
      if (error instanceof MountError && error.isWhole) return this.#failure(why);
      return this.#failure(`MountVolume.SetUp failed for volume "${this.name}" : ${why}`);
    }
  }

  #failure(message: string): MountFailure {
    const now = this.#node.clock.now();
    const { message: before, times, nextAt } = this.#told;
    const isToTell = message !== before || now >= nextAt;
    if (isToTell) this.#told = { message, times: times + 1, nextAt: now + retryMs(times) };
    return { message, isToTell };
  }

  /** Sees the newest pod; `old` is null when this process has mounted nothing of it. */
  see(pod: Pod, old: Pod | null): void {
    const isOutdated =
      old === null
        ? isLive(this.#type)
        : pod !== old && this.#type.showsPod?.(this.#volume) && shown(pod) !== shown(old);
    if (isOutdated) this.#refreshAt = this.#node.clock.now();
  }

  release(): void {
    for (const release of this.#releases ?? []) release();
    this.#releases = null;
    this.#refreshAt = Infinity;
  }

  #listen(pod: Pod): void {
    if (this.#releases !== null) return;
    const refs = this.#type.refs?.(this.#volume, pod.metadata.namespace ?? '') ?? [];
    const listen = (ref: ConfigRef) =>
      this.#node.configWatches.listen(ref, (version) => this.#changed(ref, version));
    this.#releases = refs.map(listen);
  }

  #changed(ref: ConfigRef, version: string | null): void {
    const key = refKey(ref);
    if (!this.#shown.has(key) || this.#shown.get(key) === version) return;
    this.#refreshAt = this.#node.clock.now();
    this.#outdated();
  }
}

function retryMs(failures: number): number {
  return Math.min(RETRY_MS_MIN * 2 ** Math.min(failures, 20), RETRY_MS_MAX);
}

/** What volumes may show of a pod that may change. */
function shown({ metadata: { labels, annotations }, spec }: Pod): string {
  return JSON.stringify([labels, annotations, spec.containers.map(({ resources }) => resources)]);
}
