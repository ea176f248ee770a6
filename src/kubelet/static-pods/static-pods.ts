import type { EventRecorder } from '../../client/event-recorder.ts';
import type { Pod } from '../../generated/types.ts';
import type { ManifestFile } from '../edges.ts';
import { identityOf } from '../pod-identity.ts';
import type { PodObject } from '../status-writer.ts';
import { type MirrorPlace, MirrorPod } from './mirror-pod.ts';
import { MIRROR_ANNOTATION, staticPod } from './static-pod.ts';

/** Runs pods: what of the kubelet's workers static pods need. */
export interface PodRunner {
  add(pod: Pod, own: { readonly object: PodObject; removed(): void }): void;
  update(pod: Pod): void;
  remove(pod: Pod): void;
  /** Whether something is left of another pod of that name, from before this kubelet. */
  hasOrphan(pod: Pod): boolean;
}

export interface StaticPodsPlace extends MirrorPlace {
  readonly recorder: EventRecorder;
}

/** All that bears one name on this node: a new version waits until the old one has ended. */
interface Entry {
  /** As the newest file says; null when there is none any more. */
  wanted: Pod | null;
  /** The one that has a worker. */
  running: Pod | null;
  isEnding: boolean;
  readonly mirror: MirrorPod;
}

/**
 * The pods that files on the node describe, each with a mirror in the API. Bounded by the files,
 * and by the mirrors that are still to be removed.
 */
export class StaticPods {
  readonly #place: StaticPodsPlace;
  readonly #runner: PodRunner;
  readonly #signal: AbortSignal;
  /** By `namespace/name`. */
  readonly #entries = new Map<string, Entry>();
  /** The last good pod of each file. */
  readonly #files = new Map<string, Pod>();
  /** What was said of a bad file, so that it is said once. */
  readonly #complaints = new Map<string, string>();

  constructor(place: StaticPodsPlace, runner: PodRunner, signal: AbortSignal) {
    this.#place = place;
    this.#runner = runner;
    this.#signal = signal;
  }

  /** The uid under which this node runs the pod that has `uid` in the API. */
  uidHere(uid: string): string {
    for (const { mirror, running } of this.#entries.values()) {
      if (mirror.current?.metadata.uid === uid) return running?.metadata.uid ?? uid;
    }
    return uid;
  }

  /**
   * Takes in the first files, and the mirrors that an earlier kubelet made: a pod that is still
   * wanted goes on as its mirror tells, and the mirrors of others go.
   */
  begin(files: readonly ManifestFile[], mirrors: Iterable<Pod>): void {
    for (const mirror of mirrors) this.#entry(keyOf(mirror)).mirror.adopt(mirror);
    this.sync(files);
  }

  /** Takes in all files there are. What a file that has become bad described goes on. */
  sync(files: readonly ManifestFile[]): void {
    const names = new Set(files.map(({ name }) => name));
    for (const name of this.#files.keys()) if (!names.has(name)) this.#files.delete(name);
    for (const name of this.#complaints.keys()) if (!names.has(name)) this.#complaints.delete(name);
    const wanted = new Map<string, Pod>();
    for (const file of [...files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const pod = this.#read(file);
      if (pod === null) continue;
      const key = keyOf(pod);
      if (wanted.has(key)) {
        this.#complain(file.name, `duplicate pod name "${key}", ignoring`);
      } else wanted.set(key, pod);
    }
    for (const [key, entry] of this.#entries) {
      if (!wanted.has(key)) this.#want(entry, null);
    }
    for (const [key, pod] of wanted) this.#want(this.#entry(key), pod);
  }

  /** Starts what waited for an orphan to end. */
  orphanGone(): void {
    for (const entry of this.#entries.values()) this.#advance(entry);
  }

  /** A mirror pod of this node stands in the API, or has changed there. */
  seeMirror(mirror: Pod): void {
    this.#entry(keyOf(mirror)).mirror.see(mirror);
  }

  mirrorGone(mirror: Pod): void {
    this.#entries.get(keyOf(mirror))?.mirror.gone(mirror);
  }

  #read(file: ManifestFile): Pod | null {
    const { name } = file;
    const before = this.#files.get(name) ?? null;
    try {
      if (file.error !== undefined) throw new Error(file.error);
      const { clock, nodeName } = this.#place;
      const pod = staticPod(file.value, name, nodeName, clock.now());
      this.#complaints.delete(name);
      // The same pod was seen before: since when it is known stays.
      if (before?.metadata.uid === pod.metadata.uid) return before;
      this.#files.set(name, pod);
      return pod;
    } catch (error) {
      this.#complain(name, error instanceof Error ? error.message : String(error));
      return before;
    }
  }

  #complain(file: string, why: string): void {
    if (this.#complaints.get(file) === why) return;
    this.#complaints.set(file, why);
    const { log, nodeName: name, recorder } = this.#place;
    log.warn('static pod file not used', { file, error: why });
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name } };
    const text = `Error validating static pod from file ${file}: ${why}`;
    recorder.record(node, 'Warning', 'FailedValidation', text);
  }

  #entry(key: string): Entry {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const changed = () => this.#mirrorChanged(key);
    const mirror = new MirrorPod(this.#place, this.#signal, changed);
    const entry: Entry = { wanted: null, running: null, isEnding: false, mirror };
    this.#entries.set(key, entry);
    return entry;
  }

  #want(entry: Entry, pod: Pod | null): void {
    if (pod !== null && entry.wanted?.metadata.uid === pod.metadata.uid) return;
    entry.wanted = pod;
    this.#advance(entry);
  }

  #advance(entry: Entry): void {
    const { running, wanted } = entry;
    if (running === null) {
      if (wanted === null) entry.mirror.show(null);
      else if (!this.#runner.hasOrphan(wanted)) this.#start(entry, wanted);
    } else if (running.metadata.uid !== wanted?.metadata.uid && !entry.isEnding) {
      entry.isEnding = true;
      this.#runner.remove(running);
    }
  }

  #start(entry: Entry, pod: Pod): void {
    entry.running = pod;
    entry.isEnding = false;
    entry.mirror.show(pod);
    const { mirror } = entry;
    const object: PodObject = {
      uid: () => mirror.current?.metadata.uid ?? null,
      here: (revision) => withStatusOf(pod, revision),
    };
    const first = mirror.current === null ? pod : withStatusOf(pod, mirror.current);
    this.#runner.add(first, {
      object,
      removed: () => {
        entry.running = null;
        this.#advance(entry);
      },
    });
  }

  #mirrorChanged(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    const { mirror, running, wanted } = entry;
    if (running === null && wanted === null && mirror.isOver) this.#entries.delete(key);
    else if (running !== null && mirror.current !== null && !entry.isEnding) {
      this.#runner.update(withStatusOf(running, mirror.current));
    }
  }
}

/** Whether a pod was made by a kubelet to show a static pod. */
export function isMirrorPod(pod: Pod): boolean {
  return pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined;
}

function keyOf(pod: Pod): string {
  const { namespace, name } = identityOf(pod);
  return `${namespace}/${name}`;
}

/** A static pod with what the API has of it: how it is, and by which revision. */
function withStatusOf(pod: Pod, mirror: Pod): Pod {
  const { resourceVersion, generation, creationTimestamp } = mirror.metadata;
  const metadata = { ...pod.metadata, resourceVersion, generation, creationTimestamp };
  return { ...pod, metadata, status: mirror.status };
}
