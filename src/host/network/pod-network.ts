import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { assert } from '../../base/assert.ts';
import type { Log } from '../../base/log.ts';
import { type PortMapping, RuntimeError } from '../../kubelet/runtime.ts';
import { CommandError, runCommand } from '../command.ts';
import type { PortForwarding } from '../cri/cri-runtime.ts';
import { cidrGateway } from './cidr.ts';
import { cniConfig } from './cni-config.ts';
import { type HostPort, podRules } from './pod-rules.ts';

export interface PodNetworkOptions {
  /** At most 15 characters. */
  readonly bridge: string;
  readonly podCidr: string;
  readonly clusterCidr: string;
  /** Folder of the CNI configuration, ours alone. */
  readonly cniConfigFolder: string;
  readonly ipamFolder: string;
  /** Which host ports are open, one file a sandbox; lost at a reboot, as the pods are. */
  readonly hostPortFolder: string;
  readonly log: Log;
}

/** The bridge of a node's pods, its CNI configuration and its nftables table. */
export class PodNetwork implements PortForwarding {
  readonly #options: PodNetworkOptions;
  readonly #open = new Map<string, readonly HostPort[]>();
  /** Changes of the table one after another: each replaces it whole. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: PodNetworkOptions) {
    assert(options.bridge.length <= 15, 'a link has at most 15 characters');
    this.#options = options;
  }

  /** The name of the nftables table. */
  get table(): string {
    return `${this.#options.bridge}-pods`;
  }

  /**
   * Makes bridge, rules and CNI configuration, or brings them up to date.
   *
   * @throws CommandError in the words of ip or nft
   */
  async start(): Promise<void> {
    const { bridge, podCidr, ipamFolder, cniConfigFolder, hostPortFolder } = this.#options;
    setSysctl('net/ipv4/ip_forward', '1');
    await loadBridgeFilter();
    const mtu = await defaultMtu();
    await this.#makeBridge(mtu);
    // Connections of the node to its own host ports leave from 127.0.0.1 into the bridge.
    setSysctl(`net/ipv4/conf/${bridge}/route_localnet`, '1');
    mkdirSync(ipamFolder, { recursive: true });
    mkdirSync(cniConfigFolder, { recursive: true });
    const text = cniConfig({ bridge, podCidr, mtu, ipamFolder });
    const path = join(cniConfigFolder, '10-proa.conflist');
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
    mkdirSync(hostPortFolder, { recursive: true });
    for (const name of readdirSync(hostPortFolder)) this.#readHostPorts(name);
    await this.#apply();
  }

  /** Leads ports of the node into the pod with this address. */
  async open(sandboxId: string, podIp: string, ports: readonly PortMapping[]): Promise<void> {
    if (podIp === '') throw new RuntimeError('other', 'a sandbox without address has no ports');
    const hostPorts = ports.map((port) => ({ ...port, podIp }));
    this.#open.set(sandboxId, hostPorts);
    writeFileSync(join(this.#options.hostPortFolder, sandboxId), JSON.stringify(hostPorts));
    await this.#apply();
  }

  /** Whether ports lead into a sandbox. */
  has(sandboxId: string): boolean {
    return this.#open.has(sandboxId);
  }

  /** Closes the ports of a sandbox; nothing when it has none. */
  async close(sandboxId: string): Promise<void> {
    if (!this.#open.delete(sandboxId)) return;
    rmSync(join(this.#options.hostPortFolder, sandboxId), { force: true });
    await this.#apply();
  }

  /** Removes table, bridge, the pods' links, and what CNI remembers. Safe to repeat. */
  async destroy(): Promise<void> {
    const { bridge, ipamFolder, cniConfigFolder, hostPortFolder } = this.#options;
    await this.#last.catch(() => {});
    await ignoring(/No such file/, runCommand('nft', ['delete', 'table', 'ip', this.table]));
    const links = await ignoring(
      /does not exist|Cannot find device/,
      runCommand('ip', ['-json', 'link', 'show', 'master', bridge]),
    );
    const names = linkNames(links || '[]');
    const lines = [...names, bridge].map((name) => `link delete ${name}\n`).join('');
    await ignoring(/Cannot find device/, runCommand('ip', ['-force', '-batch', '-'], lines));
    for (const folder of [ipamFolder, cniConfigFolder, hostPortFolder]) {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  #readHostPorts(sandboxId: string): void {
    try {
      const path = join(this.#options.hostPortFolder, sandboxId);
      this.#open.set(sandboxId, JSON.parse(readFileSync(path, 'utf8')) as HostPort[]);
    } catch (error) {
      this.#options.log.warn('cannot read host ports', { sandboxId, error: String(error) });
    }
  }

  #apply(): Promise<void> {
    const { bridge, podCidr, clusterCidr } = this.#options;
    this.#last = this.#last
      .catch(() => {})
      .then(async () => {
        const hostPorts = [...this.#open.values()].flat();
        const rules = { table: this.table, bridge, podCidr, clusterCidr, hostPorts };
        await runCommand('nft', ['-f', '-'], podRules(rules));
      });
    return this.#last;
  }

  async #makeBridge(mtu: number): Promise<void> {
    const { bridge, podCidr } = this.#options;
    const { gateway, prefix } = cidrGateway(podCidr);
    if (!existsSync(`/sys/class/net/${bridge}`)) {
      // A bridge without an address of its own changes it with its ports, and pods lose it.
      const address = `0a:58:${hexBytes(gateway)}`;
      await runCommand('ip', ['link', 'add', bridge, 'address', address, 'type', 'bridge']);
    }
    const present = networkInterfaces()[bridge] ?? [];
    const right = present.some((address) => address.cidr === `${gateway}/${prefix}`);
    // Flushing an address takes the pods' routes with it for a moment: only when it must go.
    const lines = [
      ...(right ? [] : [`address flush dev ${bridge} scope global`]),
      ...(right ? [] : [`address add ${gateway}/${prefix} broadcast + dev ${bridge}`]),
      `link set ${bridge} mtu ${mtu} up`,
    ];
    await runCommand('ip', ['-batch', '-'], `${lines.join('\n')}\n`);
  }
}

/** Bridged packets must pass the same rules as routed ones: services depend on it. */
async function loadBridgeFilter(): Promise<void> {
  if (!existsSync('/proc/sys/net/bridge')) {
    await runCommand('modprobe', ['br_netfilter']).catch(() => '');
  }
  setSysctl('net/bridge/bridge-nf-call-iptables', '1');
  setSysctl('net/bridge/bridge-nf-call-ip6tables', '1');
}

/** Sets a kernel parameter; one that this kernel does not have, or forbids, stays as it is. */
function setSysctl(name: string, value: string): void {
  const path = join('/proc/sys', name);
  try {
    if (readFileSync(path, 'utf8').trim() !== value) writeFileSync(path, value);
  } catch {
    // What depends on it shows by itself: pods cannot reach each other, and probes say so.
  }
}

/** The MTU of the link the default route leaves by; 1500 without one. */
async function defaultMtu(): Promise<number> {
  const link = defaultLink(readFileSync('/proc/net/route', 'utf8'));
  if (link === null) return 1500;
  return Number(readFileSync(`/sys/class/net/${link}/mtu`, 'utf8')) || 1500;
}

/** The interface of the default route in /proc/net/route, or null. */
export function defaultLink(table: string): string | null {
  const rows = table.split('\n').map((line) => line.split('\t'));
  return rows.find((row) => row[1] === '00000000' && row[7] === '00000000')?.[0] ?? null;
}

function linkNames(json: string): string[] {
  const links = JSON.parse(json) as { ifname?: string }[];
  return links.map(({ ifname }) => ifname ?? '').filter((name) => name !== '');
}

async function ignoring(expected: RegExp, command: Promise<string>): Promise<string> {
  try {
    return await command;
  } catch (error) {
    if (error instanceof CommandError && expected.test(error.stderr)) return '';
    throw error;
  }
}

function hexBytes(ip: string): string {
  return ip
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join(':');
}
