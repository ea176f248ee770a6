import type { Service, ServicePort } from '../../generated/types.ts';
import { humanAge } from '../human-duration.ts';
import type { CellsOf, Column } from '../kind.ts';
import { formatLabels } from '../labels.ts';
import { fieldTexts } from './field-texts.ts';
import { ageColumn, column, nameColumn, wideColumn } from './table-columns.ts';

/** The columns of `kubectl get services`. */
export const serviceColumns: readonly Column[] = [
  nameColumn,
  column('Type', fieldTexts.serviceType),
  column('Cluster-IP', fieldTexts.serviceClusterIP),
  column('External-IP', fieldTexts.serviceExternalIPs),
  column('Port(s)', fieldTexts.servicePorts),
  ageColumn,
  wideColumn('Selector', fieldTexts.serviceSelector),
];

function externalIp({ spec, status }: Service): string {
  const ips = spec.externalIPs ?? [];
  switch (spec.type) {
    case 'ClusterIP':
    case 'NodePort':
      return ips.length > 0 ? ips.join(',') : '<none>';
    case 'LoadBalancer': {
      const ingress = status?.loadBalancer?.ingress ?? [];
      const balancers = new Set(ingress.map(({ ip, hostname }) => ip || hostname || ''));
      const known = [...balancers].filter((address) => address !== '').sort();
      const all = [...known, ...ips];
      return all.length > 0 ? all.join(',') : '<pending>';
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function portText({ port, nodePort, protocol }: ServicePort): string {
  return nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;
}

/** The row of one Service. */
export const serviceCells: CellsOf<Service> = (service, now) => {
  const { spec } = service;
  const ports = spec.ports ?? [];
  return [
    service.metadata.name ?? '',
    spec.type ?? '',
    spec.clusterIPs?.[0] ?? '<none>',
    externalIp(service),
    ports.length > 0 ? ports.map(portText).join(',') : '<none>',
    humanAge(service.metadata.creationTimestamp, now),
    formatLabels(spec.selector),
  ];
};
