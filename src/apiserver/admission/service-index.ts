import type { Service } from '../../generated/types.ts';
import { parseIp } from '../../objects/ip.ts';
import { type KubeObject, objectKey } from '../../objects/meta.ts';
import type { MirrorIndex } from '../object-mirror.ts';
import type { NumberPool } from './number-pool.ts';

/** Keeps the pools of addresses and node ports true to the Services that are stored. */
export class ServiceIndex implements MirrorIndex {
  readonly #addresses: NumberPool;
  readonly #nodePorts: NumberPool;

  constructor(addresses: NumberPool, nodePorts: NumberPool) {
    this.#addresses = addresses;
    this.#nodePorts = nodePorts;
  }

  clear(): void {
    this.#addresses.clear();
    this.#nodePorts.clear();
  }

  put(object: KubeObject, previous: KubeObject | null): void {
    if (previous !== null) this.delete(previous);
    const service = object as unknown as Service;
    const owner = objectKey(object);
    for (const number of addressesOf(service)) this.#addresses.hold(number, owner);
    for (const number of nodePortsOf(service)) this.#nodePorts.hold(number, owner);
  }

  delete(object: KubeObject): void {
    const service = object as unknown as Service;
    const owner = objectKey(object);
    for (const number of addressesOf(service)) this.#addresses.release(number, owner);
    for (const number of nodePortsOf(service)) this.#nodePorts.release(number, owner);
  }
}

/** The IPv4 addresses of a Service as numbers. */
function addressesOf({ spec }: Service): number[] {
  return (spec.clusterIPs ?? []).flatMap((text) => {
    const ip = parseIp(text);
    return ip?.family === 4 ? [Number(ip.value)] : [];
  });
}

/** All node ports that a Service has. */
function nodePortsOf({ spec }: Service): number[] {
  const ports = (spec.ports ?? []).map(({ nodePort }) => nodePort ?? 0);
  return [...ports, spec.healthCheckNodePort ?? 0].filter((port) => port !== 0);
}
