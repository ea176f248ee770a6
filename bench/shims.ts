import { setTimeout as wait } from 'node:timers/promises';
import { containerdLayout } from '../src/host/containerd/layout.ts';
import { processesWith } from './process-usage.ts';

const END_MS_MAX = 60_000;
const LOOK_MS = 20;

/** The process ids of the shims below `home`: each pod has one from its first to its last moment. */
export function shimsOf(home: string): number[] {
  const { socket, config } = containerdLayout(home);
  const containerd = new Set(processesWith(config));
  return processesWith(socket).filter((pid) => !containerd.has(pid));
}

/**
 * Resolves when nothing of any pod is left, which takes a while longer than the API's objects.
 *
 * @throws when that takes more than a minute
 */
export async function untilNoShims(home: string): Promise<void> {
  const deadline = performance.now() + END_MS_MAX;
  while (shimsOf(home).length > 0) {
    if (performance.now() > deadline) throw new Error('pods do not end');
    await wait(LOOK_MS);
  }
}
