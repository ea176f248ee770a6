import type { CoreV1EndpointPort, EndpointAddress, Endpoints } from '../../generated/types.ts';
import { type FieldError, invalid, notSupported, Path, required } from '../field-error.ts';
import { humanAge } from '../human-duration.ts';
import { defineKind } from '../kind.ts';
import { dns1123Label, dns1123Subdomain, portNumber, qualifiedName } from '../names.ts';
import { fieldTexts } from './field-texts.ts';
import { PROTOCOLS } from './service-validation.ts';
import { ageColumn, column, nameColumn, shortList } from './table-columns.ts';
import { validateIp, validateNonSpecialIp } from './validate-ip.ts';

function validateAddress(address: EndpointAddress, path: Path): FieldError[] {
  const { ip, hostname = '', nodeName } = address;
  const errors = validateIp(path.child('ip'), ip);
  if (errors.length === 0) errors.push(...validateNonSpecialIp(path.child('ip'), ip));
  const check = (field: string, value: string, complaints: readonly string[]) =>
    errors.push(...complaints.map((text) => invalid(path.child(field), value, text)));
  if (hostname !== '') check('hostname', hostname, dns1123Label(hostname));
  if (nodeName !== undefined) check('nodeName', nodeName, dns1123Subdomain(nodeName));
  return errors;
}

function validatePort(port: CoreV1EndpointPort, nameRequired: boolean, path: Path): FieldError[] {
  const { name = '', protocol = '', appProtocol } = port;
  const errors: FieldError[] = [];
  const check = (field: string, value: unknown, complaints: readonly string[]) =>
    errors.push(...complaints.map((text) => invalid(path.child(field), value, text)));
  if (name !== '') check('name', name, dns1123Label(name));
  else if (nameRequired) errors.push(required(path.child('name')));
  check('port', port.port, portNumber(port.port));
  if (protocol === '') errors.push(required(path.child('protocol')));
  else if (!PROTOCOLS.includes(protocol)) {
    errors.push(notSupported(path.child('protocol'), protocol, PROTOCOLS));
  }
  if (appProtocol !== undefined) check('appProtocol', appProtocol, qualifiedName(appProtocol));
  return errors;
}

function validate(endpoints: Endpoints): FieldError[] {
  return (endpoints.subsets ?? []).flatMap((subset, index) => {
    const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
    const path = Path.of('subsets').index(index);
    const none = addresses.length === 0 && notReadyAddresses.length === 0;
    const detail = 'must specify `addresses` or `notReadyAddresses`';
    return [
      ...(none ? [required(path, detail)] : []),
      ...addresses.flatMap((address, at) =>
        validateAddress(address, path.child('addresses').index(at)),
      ),
      ...notReadyAddresses.flatMap((address, at) =>
        validateAddress(address, path.child('notReadyAddresses').index(at)),
      ),
      ...ports.flatMap((port, at) =>
        validatePort(port, ports.length > 1, path.child('ports').index(at)),
      ),
    ];
  });
}

/** Every ready `address:port`, or the address alone where a subset has no ports. */
function endpointTexts(endpoints: Endpoints): string[] {
  return (endpoints.subsets ?? []).flatMap(({ addresses = [], ports = [] }) => {
    if (ports.length === 0) return addresses.map(({ ip }) => ip);
    return ports.flatMap(({ port }) =>
      addresses.map(({ ip }) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)),
    );
  });
}

/** Endpoints: the older form of a Service's endpoints, before EndpointSlices. */
export const endpointsKind = defineKind<Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  categories: [],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Endpoints',
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',

  validateName: dns1123Subdomain,
  defaults(endpoints) {
    for (const { ports = [] } of endpoints.subsets ?? []) {
      for (const port of ports) port.protocol ||= 'TCP';
    }
  },
  validate,
  update: {},
  createOnUpdate: true,
  subresources: {},

  columns: [nameColumn, column('Endpoints', fieldTexts.endpointsSubsets), ageColumn],
  cells: (endpoints, now) => [
    endpoints.metadata.name ?? '',
    shortList(endpointTexts(endpoints), endpoints.subsets?.length ? '' : '<none>'),
    humanAge(endpoints.metadata.creationTimestamp, now),
  ],
});
