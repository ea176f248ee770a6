import { assert } from '../../base/assert.ts';
import type { Prng } from '../../base/prng.ts';
import type { Service } from '../../generated/types.ts';
import { ApiError } from '../../objects/api-error.ts';
import {
  isHeadless,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePorts,
} from '../../objects/core/service-rules.ts';
import { type FieldError, invalid, invalidObject, Path } from '../../objects/field-error.ts';
import { parseCidr, parseIp } from '../../objects/ip.ts';
import type { ObjectMirror } from '../object-mirror.ts';
import type { Admission, AdmissionPlugin } from './admission.ts';
import { NumberPool } from './number-pool.ts';
import { ServiceIndex } from './service-index.ts';

export interface ServiceRanges {
  /** IPv4, such as 10.43.0.0/16. */
  readonly serviceCidr: string;
  readonly nodePortFirst: number;
  readonly nodePortLast: number;
}

export const DEFAULT_SERVICE_RANGES: ServiceRanges = {
  serviceCidr: '10.43.0.0/16',
  nodePortFirst: 30_000,
  nodePortLast: 32_767,
};

const SPEC = Path.of('spec');
const SERVICE = { group: '', kind: 'Service' };

/**
 * Gives Services their cluster addresses and node ports. What is taken follows from the Services
 * in the store; what a write on its way takes is reserved until it ends.
 */
export class ServiceAllocation implements AdmissionPlugin {
  readonly name = 'ServiceAllocation';
  readonly #cidr: string;
  readonly #addresses: NumberPool;
  readonly #nodePorts: NumberPool;
  readonly #mirror: ObjectMirror;

  constructor(ranges: ServiceRanges, prng: Prng, mirrorOf: (index: ServiceIndex) => ObjectMirror) {
    const cidr = parseCidr(ranges.serviceCidr);
    assert(cidr?.family === 4, `service range ${ranges.serviceCidr} is no IPv4 network`);
    const base = Number(cidr.value);
    const size = 2 ** (32 - cidr.prefixBits);
    this.#cidr = ranges.serviceCidr;
    // The network's own address and its broadcast address are nobody's.
    this.#addresses = new NumberPool(base + 1, base + size - 2, prng);
    this.#nodePorts = new NumberPool(ranges.nodePortFirst, ranges.nodePortLast, prng);
    this.#mirror = mirrorOf(new ServiceIndex(this.#addresses, this.#nodePorts));
  }

  allocate(admission: Admission): Promise<void> | undefined {
    const { kind, subresource, operation } = admission;
    if (kind.plural !== 'services' || kind.group !== '' || subresource !== '') return undefined;
    if (operation === 'DELETE') return undefined;
    return this.#mirror.whenSynced(() => this.#allocate(admission));
  }

  #allocate(admission: Admission): void {
    const service = admission.object as unknown as Service;
    const old = admission.old as unknown as Service | null;
    if (needsClusterIp(service)) {
      const hadIp = old !== null && needsClusterIp(old) && (old.spec.clusterIPs ?? []).length > 0;
      const { ipFamilies = [], ipFamilyPolicy } = service.spec;
      // An update may leave them out as well; they are then inferred anew.
      if (!hadIp || ipFamilies.length === 0 || !ipFamilyPolicy) setFamilies(service);
      if (!hadIp && !isHeadless(service)) this.#allocateAddress(admission, service);
    }
    if (needsNodePorts(service)) this.#allocateNodePorts(admission, service);
    if (needsHealthCheckPort(service)) this.#allocateHealthCheckPort(admission, service);
  }

  #allocateAddress(admission: Admission, { spec }: Service): void {
    const wanted = spec.clusterIPs?.[0] ?? spec.clusterIP;
    if (!wanted) {
      const number = this.#addresses.pick();
      if (number === null) throw full('failed to allocate a serviceIP: range is full');
      this.#reserve(this.#addresses, number, admission);
      spec.clusterIP = formatIpv4(number);
      spec.clusterIPs = [spec.clusterIP];
      return;
    }
    const ip = parseIp(wanted);
    // What is no address at all is for validation to tell.
    if (ip?.family !== 4) return;
    const number = Number(ip.value);
    const fail = (why: string) => {
      const detail = `failed to allocate IP ${wanted}: ${why}`;
      return refuse(admission, [invalid(SPEC.child('clusterIPs'), [wanted], detail)]);
    };
    if (!this.#addresses.contains(number)) {
      throw fail(
        `the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${this.#cidr}`,
      );
    }
    if (this.#addresses.ownerOf(number) !== undefined) {
      throw fail('provided IP is already allocated');
    }
    this.#reserve(this.#addresses, number, admission);
  }

  #allocateNodePorts(admission: Admission, { spec }: Service): void {
    const ports = spec.ports ?? [];
    // One number may serve several protocols of the same Service.
    const own = new Map<number, number>();
    for (const [index, port] of ports.entries()) {
      if (!port.nodePort) continue;
      const path = SPEC.child('ports').index(index).child('nodePort');
      this.#takeNodePort(admission, port.nodePort, path);
      own.set(port.port, port.nodePort);
    }
    for (const port of ports) {
      if (port.nodePort) continue;
      const shared = own.get(port.port);
      const isFree = !ports.some(
        (other) => other.nodePort === shared && other.protocol === port.protocol,
      );
      port.nodePort = shared !== undefined && isFree ? shared : this.#pickNodePort(admission);
      own.set(port.port, port.nodePort);
    }
  }

  #allocateHealthCheckPort(admission: Admission, { spec }: Service): void {
    if (!spec.healthCheckNodePort) {
      spec.healthCheckNodePort = this.#pickNodePort(admission);
      return;
    }
    this.#takeNodePort(admission, spec.healthCheckNodePort, SPEC.child('healthCheckNodePort'));
  }

  #pickNodePort(admission: Admission): number {
    const number = this.#nodePorts.pick();
    if (number === null) throw full('failed to allocate a nodePort: range is full');
    this.#reserve(this.#nodePorts, number, admission);
    return number;
  }

  #takeNodePort(admission: Admission, number: number, path: Path): void {
    const { first, last } = this.#nodePorts;
    if (!this.#nodePorts.contains(number)) {
      const why = `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
      throw refuse(admission, [invalid(path, number, why)]);
    }
    const owner = this.#nodePorts.ownerOf(number);
    if (owner === undefined) this.#reserve(this.#nodePorts, number, admission);
    else if (owner !== ownerOf(admission)) {
      throw refuse(admission, [invalid(path, number, 'provided port is already allocated')]);
    }
  }

  #reserve(pool: NumberPool, number: number, admission: Admission): void {
    pool.reserve(number, ownerOf(admission));
    admission.onDone.push(() => pool.unreserve(number));
  }
}

function ownerOf({ namespace, object, name }: Admission): string {
  return `${namespace}/${object?.metadata.name ?? name}`;
}

function refuse({ object, name }: Admission, errors: readonly FieldError[]): ApiError {
  return invalidObject(SERVICE, object?.metadata.name ?? name, errors);
}

function full(why: string): ApiError {
  return new ApiError('InternalError', `Internal error occurred: ${why}`, {
    causes: [{ reason: 'InternalError', message: why }],
  });
}

/** This cluster has IPv4 alone; a headless Service without selector may name what it likes. */
function setFamilies(service: Service): void {
  const { spec } = service;
  const isFree = isHeadless(service) && Object.keys(spec.selector ?? {}).length === 0;
  if (isFree) {
    spec.ipFamilyPolicy ??= 'RequireDualStack';
    if (spec.ipFamilies?.length) return;
    spec.ipFamilies = spec.ipFamilyPolicy === 'SingleStack' ? ['IPv4'] : ['IPv4', 'IPv6'];
    return;
  }
  const errors: FieldError[] = [];
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    if (family !== 'IPv6') continue;
    const path = SPEC.child('ipFamilies').index(index);
    errors.push(invalid(path, family, 'not configured on this cluster'));
  }
  if (spec.ipFamilyPolicy === 'RequireDualStack') {
    const why = 'this cluster is not configured for dual-stack services';
    errors.push(invalid(SPEC.child('ipFamilyPolicy'), spec.ipFamilyPolicy, why));
  }
  if (errors.length > 0) throw invalidObject(SERVICE, service.metadata.name ?? '', errors);
  spec.ipFamilyPolicy ??= 'SingleStack';
  if (!spec.ipFamilies?.length) spec.ipFamilies = ['IPv4'];
}

function formatIpv4(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.');
}
