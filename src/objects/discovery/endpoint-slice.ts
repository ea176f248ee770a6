import type { DiscoveryV1EndpointPort, Endpoint, EndpointSlice } from '../../generated/types.ts';
import { fieldTexts } from '../core/field-texts.ts';
import { validateImmutable } from '../core/immutable.ts';
import { PROTOCOLS } from '../core/service-validation.ts';
import { ageColumn, column, nameColumn, shortList } from '../core/table-columns.ts';
import { validateIp, validateNonSpecialIp } from '../core/validate-ip.ts';
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  Path,
  required,
  tooMany,
} from '../field-error.ts';
import { humanAge } from '../human-duration.ts';
import { parseIp } from '../ip.ts';
import { defineKind } from '../kind.ts';
import { dns1123Label, dns1123Subdomain, labelValue, qualifiedName } from '../names.ts';

const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];
const ADDRESSES_MAX = 100;
const PORTS_MAX = 100;
const ENDPOINTS_MAX = 1000;
const HINTS_MAX = 8;

function validateAddress(address: string, type: string, path: Path): FieldError[] {
  if (type === 'FQDN') {
    const complaints = dns1123Subdomain(address.replace(/\.$/, ''));
    if (complaints.length === 0 && !address.includes('.')) {
      return [
        invalid(path, address, 'should be a domain with at least two segments separated by dots'),
      ];
    }
    return complaints.map((text) => invalid(path, address, text));
  }
  const errors = validateIp(path, address);
  if (errors.length > 0) return errors;
  if (`IPv${parseIp(address)?.family}` !== type && ADDRESS_TYPES.includes(type)) {
    return [invalid(path, address, `must be an ${type} address`)];
  }
  return validateNonSpecialIp(path, address);
}

function validateHints(names: readonly string[], path: Path): FieldError[] {
  if (names.length > HINTS_MAX) return [tooMany(path, names.length, HINTS_MAX)];
  return names.flatMap((name, index) => {
    const at = path.index(index).child('name');
    if (names.indexOf(name) < index) return [duplicate(at, name)];
    return labelValue(name).map((text) => invalid(at, name, text));
  });
}

function validateEndpoint(endpoint: Endpoint, type: string, path: Path): FieldError[] {
  const { addresses = [], hostname, nodeName, hints } = endpoint;
  const addressesPath = path.child('addresses');
  const errors: FieldError[] = [];
  if (addresses.length === 0) {
    errors.push(required(addressesPath, 'must contain at least 1 address'));
  } else if (addresses.length > ADDRESSES_MAX) {
    errors.push(tooMany(addressesPath, addresses.length, ADDRESSES_MAX));
  }
  for (const [index, address] of addresses.entries()) {
    errors.push(...validateAddress(address, type, addressesPath.index(index)));
  }
  const check = (field: string, value: string, complaints: readonly string[]) =>
    errors.push(...complaints.map((text) => invalid(path.child(field), value, text)));
  if (nodeName !== undefined) check('nodeName', nodeName, dns1123Subdomain(nodeName));
  if (hostname !== undefined) check('hostname', hostname, dns1123Label(hostname));
  const { forZones = [], forNodes = [] } = hints ?? {};
  const zones = forZones.map(({ name }) => name);
  const nodes = forNodes.map(({ name }) => name);
  errors.push(...validateHints(zones, path.child('hints', 'forZones')));
  errors.push(...validateHints(nodes, path.child('hints', 'forNodes')));
  return errors;
}

function validatePorts(ports: readonly DiscoveryV1EndpointPort[]): FieldError[] {
  const path = Path.of('ports');
  if (ports.length > PORTS_MAX) return [tooMany(path, ports.length, PORTS_MAX)];
  const names = new Set<string>();
  return ports.flatMap(({ name = '', protocol, appProtocol }, index) => {
    const at = path.index(index);
    const errors: FieldError[] = [];
    const check = (field: string, value: string, complaints: readonly string[]) =>
      errors.push(...complaints.map((text) => invalid(at.child(field), value, text)));
    if (name !== '') check('name', name, dns1123Label(name));
    if (names.has(name)) errors.push(duplicate(at.child('name'), name));
    names.add(name);
    if (!protocol) errors.push(required(at.child('protocol')));
    else if (!PROTOCOLS.includes(protocol)) {
      errors.push(notSupported(at.child('protocol'), protocol, PROTOCOLS));
    }
    if (appProtocol !== undefined) check('appProtocol', appProtocol, qualifiedName(appProtocol));
    return errors;
  });
}

function validate({ addressType, endpoints = [], ports = [] }: EndpointSlice): FieldError[] {
  const typePath = Path.of('addressType');
  const path = Path.of('endpoints');
  const errors: FieldError[] = [];
  if (!addressType) errors.push(required(typePath));
  else if (!ADDRESS_TYPES.includes(addressType)) {
    errors.push(notSupported(typePath, addressType, ADDRESS_TYPES));
  }
  if (endpoints.length > ENDPOINTS_MAX) {
    errors.push(tooMany(path, endpoints.length, ENDPOINTS_MAX));
  } else {
    for (const [index, endpoint] of endpoints.entries()) {
      errors.push(...validateEndpoint(endpoint, addressType, path.index(index)));
    }
  }
  return [...errors, ...validatePorts(ports)];
}

/** EndpointSlices: some of the endpoints of a Service. */
export const endpointSliceKind = defineKind<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  singular: 'endpointslice',
  shortNames: [],
  categories: [],
  namespaced: true,
  schema: 'io.k8s.api.discovery.v1.EndpointSlice',

  validateName: dns1123Subdomain,
  defaults(slice) {
    for (const port of slice.ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  prepareForCreate(slice) {
    // Only older versions of the API could set it.
    for (const endpoint of slice.endpoints ?? []) delete endpoint.deprecatedTopology;
  },
  validate,
  update: {
    validateUpdate: (slice, old) =>
      validateImmutable(Path.of('addressType'), slice.addressType, old.addressType),
  },
  generation: true,
  subresources: {},

  columns: [
    nameColumn,
    column('AddressType', fieldTexts.sliceAddressType),
    column('Ports', fieldTexts.slicePorts),
    column('Endpoints', fieldTexts.sliceEndpoints),
    ageColumn,
  ],
  cells: ({ metadata, addressType, ports = [], endpoints = [] }, now) => [
    metadata.name ?? '',
    addressType,
    shortList(
      ports.map(({ port, name }) => (port === undefined ? (name ?? '*') : String(port))),
      '<unset>',
    ),
    shortList(
      endpoints.flatMap(({ addresses }) => addresses),
      '<unset>',
    ),
    humanAge(metadata.creationTimestamp, now),
  ],
});
