import type { Log } from '../base/log.ts';
import type { PodFiles } from './edges.ts';
import type { Runtime } from './runtime.ts';
import type { RuntimeCache } from './runtime-cache.ts';

/** Upstream's containerLogMaxSize and containerLogMaxFiles. */
const LOG_BYTES_MAX = 10 * 2 ** 20;
const LOG_FILES_MAX = 5;

/** Rotates the logs of running containers that have grown too long. Never throws. */
export async function rotateLogs(
  cache: RuntimeCache,
  parts: { readonly runtime: Runtime; readonly edges: { files: PodFiles }; readonly log: Log },
): Promise<void> {
  for (const { uid } of cache.identities()) {
    for (const { id, logPath, state } of cache.get(uid).containers) {
      if (state !== 'running' || logPath === '') continue;
      try {
        const isMoved = await parts.edges.files.rotateLog(logPath, LOG_BYTES_MAX, LOG_FILES_MAX);
        if (isMoved) await parts.runtime.reopenLog(id);
      } catch (error) {
        parts.log.warn('log not rotated', { id, error: String(error) });
      }
    }
  }
}
