import type { Pod } from '../../../generated/types.ts';
import { isSidecar } from './conditions.ts';

const ANY = '0.0.0.0';

/** A port of the node that a container wants for itself. */
export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** The ports of the node that the pod's lasting containers want. */
export function hostPorts({ spec }: Pod): HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter(isSidecar);
  return [...spec.containers, ...sidecars].flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort }) => hostPort)
      .map(({ hostIP, protocol, hostPort }) => ({
        ip: hostIP || ANY,
        protocol: protocol || 'TCP',
        port: hostPort!,
      })),
  );
}

/** The ports of a node that are taken. A port on all addresses excludes one on any address. */
export class PortTable {
  /** How many pods hold each address, by `protocol/port`. */
  readonly #taken = new Map<string, Map<string, number>>();

  add(ports: readonly HostPort[]): void {
    for (const port of ports) this.#change(port, 1);
  }

  remove(ports: readonly HostPort[]): void {
    for (const port of ports) this.#change(port, -1);
  }

  conflicts({ ip, protocol, port }: HostPort): boolean {
    const holders = this.#taken.get(`${protocol}/${port}`);
    if (holders === undefined) return false;
    return ip === ANY || holders.has(ip) || holders.has(ANY);
  }

  #change({ ip, protocol, port }: HostPort, by: number): void {
    const key = `${protocol}/${port}`;
    const holders = this.#taken.get(key) ?? new Map<string, number>();
    const count = (holders.get(ip) ?? 0) + by;
    if (count > 0) holders.set(ip, count);
    else holders.delete(ip);
    if (holders.size > 0) this.#taken.set(key, holders);
    else this.#taken.delete(key);
  }
}
