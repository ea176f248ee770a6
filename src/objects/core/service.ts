import type { Service } from '../../generated/types.ts';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  Path,
  required,
} from '../field-error.ts';
import { parseIp } from '../ip.ts';
import { defineKind } from '../kind.ts';
import { dns1035Label, dns1123Subdomain } from '../names.ts';
import { validateClusterIpsUpdate } from './service-cluster-ips.ts';
import { setServiceDefaults } from './service-defaults.ts';
import { prepareServiceForCreate, prepareServiceForUpdate } from './service-prepare.ts';
import { needsHealthCheckPort } from './service-rules.ts';
import { serviceCells, serviceColumns } from './service-table.ts';
import { validateService } from './service-validation.ts';
import { validateIp } from './validate-ip.ts';

const IP_MODES = ['Proxy', 'VIP'];

function validateUpdate(service: Service, old: Service): FieldError[] {
  const errors = validateClusterIpsUpdate(service, old);
  const { type, loadBalancerClass, healthCheckNodePort } = service.spec;
  if (type === 'LoadBalancer' && old.spec.type === 'LoadBalancer') {
    if (loadBalancerClass !== old.spec.loadBalancerClass) {
      const path = Path.of('spec', 'loadBalancerClass');
      errors.push(invalid(path, loadBalancerClass ?? null, 'may not change once set'));
    }
  }
  if (needsHealthCheckPort(old) && needsHealthCheckPort(service)) {
    if (healthCheckNodePort !== old.spec.healthCheckNodePort) {
      errors.push(forbidden(Path.of('spec', 'healthCheckNodePort'), 'field is immutable'));
    }
  }
  return errors;
}

function validateStatus({ spec, status }: Service): FieldError[] {
  const path = Path.of('status', 'loadBalancer', 'ingress');
  const ingresses = status?.loadBalancer?.ingress ?? [];
  if (spec.type !== 'LoadBalancer' && ingresses.length > 0) {
    return [forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  return ingresses.flatMap(({ ip, ipMode, hostname }, index) => {
    const at = path.index(index);
    const errors = ip ? validateIp(at.child('ip'), ip) : [];
    const modePath = at.child('ipMode');
    if (ipMode === undefined) {
      if (ip) errors.push(required(modePath, 'must be specified when `ip` is set'));
    } else if (!ip) {
      errors.push(forbidden(modePath, 'may not be specified when `ip` is not set'));
    } else if (!IP_MODES.includes(ipMode)) errors.push(notSupported(modePath, ipMode, IP_MODES));
    if (!hostname) return errors;
    const hostPath = at.child('hostname');
    errors.push(...dns1123Subdomain(hostname).map((text) => invalid(hostPath, hostname, text)));
    if (parseIp(hostname) !== undefined) {
      errors.push(invalid(hostPath, hostname, 'must be a DNS name, not an IP address'));
    }
    return errors;
  });
}

/** Services: a name and addresses for a set of pods. */
export const serviceKind = defineKind<Service>({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Service',

  validateName: dns1035Label,
  defaults: setServiceDefaults,
  prepareForCreate: prepareServiceForCreate,
  validate: validateService,
  update: { prepareForUpdate: prepareServiceForUpdate, validateUpdate },
  createOnUpdate: true,
  subresources: {
    status: {
      type: 'object',
      prepareForUpdate(service, old) {
        service.spec = old.spec;
      },
      validateUpdate: validateStatus,
    },
  },

  columns: serviceColumns,
  cells: serviceCells,
  fields: ({ spec }) => ({ 'spec.clusterIP': spec.clusterIP ?? '', 'spec.type': spec.type ?? '' }),
  fieldNames: ['spec.clusterIP', 'spec.type'],
});
