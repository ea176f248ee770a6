import type { LogReadOptions, PodFiles } from '../kubelet/edges.ts';
import type { SimDisk, SimLogLine } from './disk.ts';

type PodIdentity = Parameters<PodFiles['preparePod']>[0];

const PODS = '/sim/pods';
const LOGS = '/sim/logs';

/** The kubelet's files on a simulated disk. */
export function simFiles(disk: SimDisk): PodFiles {
  const known = new Map<string, PodIdentity>();
  const logFolder = ({ uid, name, namespace }: PodIdentity) =>
    `${LOGS}/${namespace}_${name}_${uid}`;
  const write = (path: string, content: string) => {
    disk.files.set(path, content);
    return Promise.resolve(path);
  };
  return {
    preparePod(pod) {
      known.set(pod.uid, pod);
      return Promise.resolve(logFolder(pod));
    },
    emptyDir: (uid, volume) => Promise.resolve(`${PODS}/${uid}/volumes/${volume}`),
    projectFiles(uid, volume, { files }) {
      const path = `${PODS}/${uid}/volumes/${volume}`;
      disk.remove(path);
      for (const [name, { data }] of files) {
        disk.files.set(`${path}/${name}`, new TextDecoder().decode(data));
      }
      return Promise.resolve(path);
    },
    writeFile: (uid, name, content) => write(`${PODS}/${uid}/${name}`, content),
    readFile: (uid, name) => Promise.resolve(disk.files.get(`${PODS}/${uid}/${name}`) ?? ''),
    removeFile(uid, name) {
      disk.remove(`${PODS}/${uid}/${name}`);
      return Promise.resolve();
    },
    terminationMessage: (uid, container, attempt) =>
      write(`${PODS}/${uid}/messages/${container}-${attempt}`, ''),
    readTail(path, maxBytes, maxLines) {
      const text = (disk.files.get(path) ?? '').slice(-maxBytes);
      const lines = text.split('\n');
      return Promise.resolve(maxLines === undefined ? text : lines.slice(-maxLines).join('\n'));
    },
    readLog: (path, options, signal, ended) => readLog(disk, path, options, signal, ended),
    rotateLog: () => Promise.resolve(false),
    removeLog(path) {
      disk.remove(path);
      return Promise.resolve();
    },
    removeVolumes(uid) {
      disk.remove(`${PODS}/${uid}/volumes`);
      return Promise.resolve();
    },
    removePod(pod) {
      known.delete(pod.uid);
      disk.remove(`${PODS}/${pod.uid}`);
      disk.remove(logFolder(pod));
      return Promise.resolve();
    },
    listPods() {
      const found = new Map<string, PodIdentity>();
      // Also those of a kubelet before this one.
      for (const path of disk.files.keys()) {
        const [, uid] = /^\/sim\/pods\/([^/]+)\//.exec(path) ?? [];
        if (uid !== undefined) found.set(uid, { uid, name: '', namespace: '' });
      }
      for (const [uid, pod] of known) found.set(uid, pod);
      return Promise.resolve([...found.values()]);
    },
  };
}

async function* readLog(
  disk: SimDisk,
  path: string,
  options: LogReadOptions,
  signal: AbortSignal,
  ended: () => boolean,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const all = disk.log(path);
  const first = options.tailLines === undefined ? 0 : Math.max(0, all.length - options.tailLines);
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  let next = first;
  while (!signal.aborted) {
    const lines = disk.log(path);
    for (; next < lines.length; next++) {
      const line = lines[next]!;
      if (!isWanted(line, options)) continue;
      const stamp = options.timestamps ? `${new Date(line.at).toISOString()} ` : '';
      const bytes = encoder.encode(`${stamp}${line.text}\n`).subarray(0, left);
      left -= bytes.length;
      yield bytes;
      if (left <= 0) return;
    }
    if (!options.follow || ended()) return;
    await disk.changed(path, signal);
  }
}

function isWanted(line: SimLogLine, options: LogReadOptions): boolean {
  if (options.stream !== 'all' && options.stream !== line.stream) return false;
  return options.since === undefined || line.at >= options.since;
}
