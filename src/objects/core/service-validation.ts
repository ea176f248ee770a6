import type { Service, ServicePort } from '../../generated/types.ts';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  Path,
  required,
} from '../field-error.ts';
import { validateLabels } from '../labels.ts';
import { dns1123Label, dns1123Subdomain, portName, portNumber, qualifiedName } from '../names.ts';
import { validateClusterIps } from './service-cluster-ips.ts';
import { isExternallyAccessible, isHeadless, needsHealthCheckPort } from './service-rules.ts';
import { validateCidr, validateIp, validateNonSpecialIp } from './validate-ip.ts';

const SPEC = Path.of('spec');
const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const POLICIES = ['Cluster', 'Local'];
const DISTRIBUTIONS = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';
/** The longest time that a client stays with one endpoint: a day. */
const AFFINITY_SECONDS_MAX = 86_400;

/** The transport protocols of ports, sorted as upstream lists them. */
export const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

/** Everything about a Service but its metadata. */
export function validateService(service: Service): FieldError[] {
  return [
    ...validateAnnotations(service),
    ...validateTypeRules(service),
    ...validatePorts(service),
    ...validateLabels(service.spec.selector ?? {}, SPEC.child('selector')),
    ...validateAffinity(service),
    ...validateClusterIps(service),
    ...validateExternalIps(service),
    ...validateType(service),
    ...validateSourceRanges(service),
    ...validateBalancer(service),
    ...validateExternalPolicy(service),
    ...validateInternalPolicy(service),
  ];
}

function validateAnnotations({ metadata }: Service): FieldError[] {
  const hints = metadata.annotations?.[TOPOLOGY_HINTS];
  const mode = metadata.annotations?.[TOPOLOGY_MODE];
  if (hints === undefined || mode === undefined || hints === mode) return [];
  const path = Path.of('metadata', 'annotations').key(TOPOLOGY_MODE);
  return [invalid(path, mode, `must match annotations[${TOPOLOGY_HINTS}] when both are specified`)];
}

function validateTypeRules(service: Service): FieldError[] {
  const { spec } = service;
  const errors: FieldError[] = [];
  const headless = isHeadless(service);
  if (!spec.ports?.length && !headless && spec.type !== 'ExternalName') {
    errors.push(required(SPEC.child('ports')));
  }
  if (headless && (spec.type === 'LoadBalancer' || spec.type === 'NodePort')) {
    const detail = `may not be set to 'None' for ${spec.type} services`;
    errors.push(invalid(SPEC.child('clusterIPs').index(0), spec.clusterIPs?.[0], detail));
  }
  if (spec.type === 'ExternalName') errors.push(...validateExternalName(service));
  return errors;
}

function validateExternalName({ spec }: Service): FieldError[] {
  const detail = 'may not be set for ExternalName services';
  const errors: FieldError[] = [];
  if (spec.clusterIPs?.length) errors.push(forbidden(SPEC.child('clusterIPs'), detail));
  if (spec.ipFamilies?.length) errors.push(forbidden(SPEC.child('ipFamilies'), detail));
  if (spec.ipFamilyPolicy) errors.push(forbidden(SPEC.child('ipFamilyPolicy'), detail));
  const path = SPEC.child('externalName');
  // A trailing dot marks the name as a whole one.
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') return [...errors, required(path)];
  return [...errors, ...dns1123Subdomain(name).map((text) => invalid(path, name, text))];
}

function validatePorts(service: Service): FieldError[] {
  const path = SPEC.child('ports');
  const ports = service.spec.ports ?? [];
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    errors.push(...validatePort(port, ports.length > 1, names, path.index(index)));
    if (service.spec.type === 'ClusterIP' && port.nodePort) {
      const detail = "may not be used when `type` is 'ClusterIP'";
      errors.push(forbidden(path.index(index).child('nodePort'), detail));
    }
  }
  const numbers = new Set<string>();
  const nodePorts = new Set<string>();
  for (const [index, { protocol, port, nodePort }] of ports.entries()) {
    if (nodePort && nodePorts.has(`${protocol}/${nodePort}`)) {
      errors.push(duplicate(path.index(index).child('nodePort'), nodePort));
    }
    nodePorts.add(`${protocol}/${nodePort}`);
    if (numbers.has(`${protocol}/${port}`)) {
      // Upstream shows its internal form of the pair that must be unique.
      const pair = { Protocol: protocol, AppProtocol: null, Port: port };
      const value = { Name: '', ...pair, TargetPort: 0, NodePort: 0 };
      errors.push(duplicate(path.index(index), value));
    }
    numbers.add(`${protocol}/${port}`);
  }
  return errors;
}

function validatePort(
  port: ServicePort,
  nameRequired: boolean,
  names: Set<string>,
  path: Path,
): FieldError[] {
  const errors: FieldError[] = [];
  const { name = '', protocol = '', targetPort = 0, appProtocol } = port;
  const check = (field: string, value: unknown, complaints: readonly string[]) =>
    errors.push(...complaints.map((text) => invalid(path.child(field), value, text)));
  if (name === '' && nameRequired) errors.push(required(path.child('name')));
  if (name !== '') {
    check('name', name, dns1123Label(name));
    if (names.has(name)) errors.push(duplicate(path.child('name'), name));
    names.add(name);
  }
  check('port', port.port, portNumber(port.port));
  if (protocol === '') errors.push(required(path.child('protocol')));
  else if (!PROTOCOLS.includes(protocol)) {
    errors.push(notSupported(path.child('protocol'), protocol, PROTOCOLS));
  }
  const target = typeof targetPort === 'number' ? portNumber(targetPort) : portName(targetPort);
  check('targetPort', targetPort, target);
  if (appProtocol !== undefined) check('appProtocol', appProtocol, qualifiedName(appProtocol));
  return errors;
}

function validateAffinity({ spec }: Service): FieldError[] {
  const { sessionAffinity, sessionAffinityConfig: config } = spec;
  const path = SPEC.child('sessionAffinityConfig');
  if (sessionAffinity === 'None') {
    const detail = 'must not be set when session affinity is None';
    return config === undefined ? [] : [forbidden(path, detail)];
  }
  if (sessionAffinity !== 'ClientIP') {
    return [notSupported(SPEC.child('sessionAffinity'), sessionAffinity, ['ClientIP', 'None'])];
  }
  const seconds = config?.clientIP?.timeoutSeconds;
  if (seconds === undefined) return [required(path, 'when session affinity type is ClientIP')];
  if (seconds > 0 && seconds <= AFFINITY_SECONDS_MAX) return [];
  const detail = `must be greater than 0 and less than ${AFFINITY_SECONDS_MAX}`;
  return [invalid(path.child('clientIP', 'timeoutSeconds'), seconds, detail)];
}

function validateExternalIps({ spec }: Service): FieldError[] {
  return (spec.externalIPs ?? []).flatMap((ip, index) => {
    const path = SPEC.child('externalIPs').index(index);
    const errors = validateIp(path, ip);
    return errors.length > 0 ? errors : validateNonSpecialIp(path, ip);
  });
}

function validateType({ spec }: Service): FieldError[] {
  if (spec.type && TYPES.includes(spec.type)) return [];
  return [notSupported(SPEC.child('type'), spec.type, TYPES)];
}

function validateSourceRanges({ spec, metadata }: Service): FieldError[] {
  const annotation = metadata.annotations?.[SOURCE_RANGES];
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const errors: FieldError[] = [];
  const inSpec = ranges.length > 0;
  if (!inSpec && annotation === undefined) return [];
  // Upstream's path has a capital L.
  const path = inSpec
    ? SPEC.child('LoadBalancerSourceRanges')
    : Path.of('metadata', 'annotations').key(SOURCE_RANGES);
  if (spec.type !== 'LoadBalancer') {
    errors.push(forbidden(path, "may only be used when `type` is 'LoadBalancer'"));
  }
  const listed = annotation?.trim() ? annotation.split(',') : [];
  for (const [index, range] of (inSpec ? ranges : listed).entries()) {
    errors.push(...validateCidr(inSpec ? path.index(index) : path, range.trim()));
  }
  return errors;
}

function validateBalancer({ spec }: Service): FieldError[] {
  const detail = "may only be used when `type` is 'LoadBalancer'";
  const { allocateLoadBalancerNodePorts: allocate, loadBalancerClass } = spec;
  const classPath = SPEC.child('loadBalancerClass');
  if (spec.type !== 'LoadBalancer') {
    const errors: FieldError[] = [];
    if (allocate !== undefined) {
      errors.push(forbidden(SPEC.child('allocateLoadBalancerNodePorts'), detail));
    }
    if (loadBalancerClass !== undefined) errors.push(forbidden(classPath, detail));
    return errors;
  }
  if (loadBalancerClass === undefined) return [];
  return qualifiedName(loadBalancerClass).map((text) =>
    invalid(classPath, loadBalancerClass, text),
  );
}

function validateExternalPolicy(service: Service): FieldError[] {
  const { externalTrafficPolicy: policy, healthCheckNodePort = 0 } = service.spec;
  const path = SPEC.child('externalTrafficPolicy');
  const portPath = SPEC.child('healthCheckNodePort');
  const errors: FieldError[] = [];
  if (!isExternallyAccessible(service)) {
    const detail = 'may only be set for externally-accessible services';
    if (policy) errors.push(invalid(path, policy, detail));
  } else if (!policy) errors.push(required(path));
  else if (!POLICIES.includes(policy)) errors.push(notSupported(path, policy, POLICIES));
  if (needsHealthCheckPort(service)) {
    if (healthCheckNodePort === 0) errors.push(required(portPath));
    else {
      const complaints = portNumber(healthCheckNodePort);
      errors.push(...complaints.map((text) => invalid(portPath, healthCheckNodePort, text)));
    }
  } else if (healthCheckNodePort !== 0) {
    const detail =
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalid(portPath, healthCheckNodePort, detail));
  }
  return errors;
}

function validateInternalPolicy({ spec }: Service): FieldError[] {
  const { internalTrafficPolicy: policy, trafficDistribution: distribution } = spec;
  const errors: FieldError[] = [];
  if (policy !== undefined && !POLICIES.includes(policy)) {
    errors.push(notSupported(SPEC.child('internalTrafficPolicy'), policy, POLICIES));
  }
  if (distribution !== undefined && !DISTRIBUTIONS.includes(distribution)) {
    errors.push(notSupported(SPEC.child('trafficDistribution'), distribution, DISTRIBUTIONS));
  }
  return errors;
}
