import { readFileSync } from 'node:fs';
import { type IdRange, POD_IDS } from '../kubelet/runtime.ts';

/** Whose subordinate ids pods have: upstream's name. */
const USER = 'kubelet';

/**
 * The ids that this machine's administrator has set aside for pods with users of their own: those
 * of the user `kubelet` in /etc/subuid and /etc/subgid; null where there are none.
 *
 * @param podsMax they must be enough for so many pods
 * @throws Error with upstream's words when they cannot be used
 */
export async function hostPodIds(podsMax: number): Promise<IdRange | null> {
  return podIds(textOf('/etc/subuid'), textOf('/etc/subgid'), podsMax);
}

/** {@link hostPodIds} of the texts of these files; see subuid(5). */
export function podIds(subuid: string, subgid: string, podsMax: number): IdRange | null {
  const [users, groups] = [linesOf(subuid), linesOf(subgid)];
  if (users.length + groups.length === 0) return null;
  if (users.join('\n') !== groups.join('\n')) {
    throw new Error(`mismatched subuids and subgids for user "${USER}"`);
  }
  if (users.length > 1) throw new Error(`more than one range of subuids for user "${USER}"`);
  const [hostId = Number.NaN, length = Number.NaN] = users[0]!.split(':').slice(1).map(Number);
  const assigned = `${USER} user assigned`;
  if (!(hostId % POD_IDS === 0)) {
    throw new Error(`${assigned} ID ${hostId} is not a multiple of ${POD_IDS}`);
  }
  if (hostId < POD_IDS)
    throw new Error(`${assigned} ID ${hostId} must be greater or equal to ${POD_IDS}`);
  if (!(length % POD_IDS === 0)) {
    throw new Error(`${assigned} IDs length ${length} is not a multiple of ${POD_IDS}`);
  }
  if (length / POD_IDS < podsMax) {
    throw new Error(`${assigned} IDs are not enough to support ${podsMax} pods`);
  }
  return { hostId, length };
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.startsWith(`${USER}:`));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not every system has them.
    return '';
  }
}
