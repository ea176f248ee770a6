import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxNetworks } from '../cri/sandbox-networks.ts';
import type { ContainerdLayout } from './layout.ts';
import { unmountUnder } from './mounts.ts';

/** What sandboxes hold of the network. */
export interface Networks {
  /** Paths where their namespaces are mounted; with a namespace go its links. */
  readonly namespaces: readonly string[];
  /** Files that each keep an address for a sandbox. */
  readonly addresses: readonly { readonly file: string; readonly sandboxId: string }[];
}

/** All that is there now. */
export function presentNetworks(layout: ContainerdLayout): Networks {
  const namespaces = join(layout.state, 'io.containerd.grpc.v1.cri', 'netns');
  const addresses = join(layout.ipam, layout.bridge);
  return {
    namespaces: namesIn(namespaces).map((name) => join(namespaces, name)),
    addresses: namesIn(addresses)
      .filter((name) => /^[\d.]+$/.test(name))
      .map((name) => join(addresses, name))
      .map((file) => ({ file, sandboxId: ownerIn(file) })),
  };
}

/**
 * What nobody has: a containerd that died while it made a sandbox had not noted it yet, so the next
 * one does not know of it.
 *
 * @param before what was there while no containerd ran: what came later may be of a sandbox that is
 *   being made
 */
export function leftNetworks(before: Networks, known: SandboxNetworks): Networks {
  return {
    namespaces: before.namespaces.filter((path) => !known.paths.has(path)),
    addresses: before.addresses.filter(({ sandboxId }) => !known.ids.has(sandboxId)),
  };
}

/**
 * Removes them. Safe to repeat.
 *
 * @throws CommandError when a namespace stays mounted
 */
export async function removeNetworks({ namespaces, addresses }: Networks): Promise<void> {
  for (const path of namespaces) {
    await unmountUnder(path);
    rmSync(path, { force: true });
  }
  for (const { file } of addresses) rmSync(file, { force: true });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Nothing has been made there yet.
    return [];
  }
}

/** The id in the first line; the second is the link's name. */
function ownerIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').split(/\s/)[0] ?? '';
  } catch {
    return '';
  }
}
