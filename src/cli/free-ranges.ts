import { runCommand } from '../host/command.ts';
import { containerdLayout } from '../host/containerd/layout.ts';
import { type ClusterSettings, parseCidr } from './cluster-file.ts';
import type { Home } from './home.ts';
import { UserError } from './user-error.ts';

/** A link as `ip -json address` shows it. */
export interface LinkAddresses {
  readonly ifname: string;
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number }[];
}

/**
 * Sees to it that no other link has addresses of the cluster's ranges: another cluster's bridge,
 * or a network that the machine is in. Packets would go to one of them, or the other.
 *
 * @throws UserError that names the link
 */
export async function requireFreeRanges(home: Home, settings: ClusterSettings): Promise<void> {
  if (settings.runtime === 'sim') return;
  const links = JSON.parse(await runCommand('ip', ['-json', '-4', 'address', 'show']));
  const { bridge } = containerdLayout(home.folder);
  const taken = rangeInUse(settings, links as LinkAddresses[], bridge);
  if (taken !== null) throw new UserError(taken);
}

/** What is in use, in a sentence, or null. */
export function rangeInUse(
  settings: ClusterSettings,
  links: readonly LinkAddresses[],
  ownBridge: string,
): string | null {
  const ranges = [
    ['--pod-cidr', settings.podCidr],
    ['--service-cidr', settings.serviceCidr],
  ] as const;
  for (const { ifname, addr_info } of links) {
    if (ifname === ownBridge) continue;
    for (const { local, prefixlen } of addr_info) {
      for (const [option, cidr] of ranges) {
        const range = parseCidr(option, cidr);
        // Beside a wider network the cluster's own routes, being narrower, win.
        if (!holds(range, networkOf(local, prefixlen)) && !holds(range, networkOf(local, 32))) {
          continue;
        }
        const owner = /^proa[0-9a-f]{8}$/.test(ifname) ? 'another cluster, on link' : 'link';
        return (
          `the addresses ${cidr} belong to ${owner} ${ifname} (${local}/${prefixlen}) already; ` +
          `choose others with ${option}`
        );
      }
    }
  }
  return null;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

function holds(outer: Range, inner: Range): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

function networkOf(address: string, prefix: number): Range {
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - prefix);
  const first = Math.floor(number / size) * size;
  return { first, last: first + size - 1 };
}
