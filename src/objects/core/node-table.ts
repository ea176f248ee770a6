import type { Node } from '../../generated/types.ts';
import { humanAge } from '../human-duration.ts';
import type { CellsOf, Column } from '../kind.ts';
import { fieldTexts } from './field-texts.ts';
import { ageColumn, column, nameColumn, wideColumn } from './table-columns.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

/** The columns of `kubectl get nodes`. */
export const nodeColumns: readonly Column[] = [
  nameColumn,
  column('Status', 'The status of the node'),
  column('Roles', 'The roles of the node'),
  ageColumn,
  column('Version', fieldTexts.kubeletVersion),
  wideColumn('Internal-IP', fieldTexts.nodeAddresses),
  wideColumn('External-IP', fieldTexts.nodeAddresses),
  wideColumn('OS-Image', fieldTexts.osImage),
  wideColumn('Kernel-Version', fieldTexts.kernelVersion),
  wideColumn('Container-Runtime', fieldTexts.containerRuntimeVersion),
];

/** `Ready`, `NotReady` or `Unknown`, and `SchedulingDisabled` for a cordoned node. */
function statusText({ spec, status }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const word = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return spec.unschedulable ? `${word},SchedulingDisabled` : word;
}

function rolesText({ metadata }: Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX)) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === ROLE_LABEL) roles.add(value);
  }
  roles.delete('');
  return roles.size > 0 ? [...roles].sort().join(',') : '<none>';
}

function addressText({ status }: Node, type: string): string {
  return status?.addresses?.find((address) => address.type === type)?.address || '<none>';
}

/** The row of one Node. */
export const nodeCells: CellsOf<Node> = (node, now) => {
  const info = node.status?.nodeInfo;
  return [
    node.metadata.name ?? '',
    statusText(node),
    rolesText(node),
    humanAge(node.metadata.creationTimestamp, now),
    info?.kubeletVersion ?? '',
    addressText(node, 'InternalIP'),
    addressText(node, 'ExternalIP'),
    info?.osImage || '<unknown>',
    info?.kernelVersion || '<unknown>',
    info?.containerRuntimeVersion || '<unknown>',
  ];
};
