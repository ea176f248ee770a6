import type { Node } from '../../generated/types.ts';
import { defineKind } from '../kind.ts';
import { dns1123Subdomain } from '../names.ts';
import { nodeCells, nodeColumns } from './node-table.ts';
import { validateNode, validateNodeUpdate } from './node-validation.ts';
import { normalizeQuantities } from './pod/resource-list.ts';

function setDefaults(node: Node): void {
  node.spec ??= {};
  node.status ??= {};
  const { spec, status } = node;
  if (spec.podCIDR && spec.podCIDR !== spec.podCIDRs?.[0]) spec.podCIDRs = [spec.podCIDR];
  else if (!spec.podCIDR && spec.podCIDRs?.length) spec.podCIDR = spec.podCIDRs[0];
  if (status.capacity !== undefined && status.allocatable === undefined) {
    status.allocatable = { ...status.capacity };
  }
  normalizeQuantities(status.capacity);
  normalizeQuantities(status.allocatable);
  status.daemonEndpoints ??= {};
  status.daemonEndpoints.kubeletEndpoint ??= { Port: 0 };
}

/** Nodes: the machines that run pods. */
export const nodeKind = defineKind<Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  categories: [],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.Node',

  validateName: dns1123Subdomain,
  defaults: setDefaults,
  validate: validateNode,
  update: {
    prepareForUpdate(node, old) {
      node.status = old.status;
    },
    validateUpdate: validateNodeUpdate,
  },
  subresources: {
    status: {
      type: 'object',
      prepareForUpdate(node, old) {
        node.spec = old.spec;
      },
      validateUpdate: validateNodeUpdate,
    },
    proxy: {
      type: 'node',
      verbs: ['get'],
      options: 'io.k8s.api.core.v1.NodeProxyOptions',
      takesPath: true,
    },
  },

  columns: nodeColumns,
  cells: nodeCells,
  fields: ({ spec }) => ({ 'spec.unschedulable': String(spec.unschedulable ?? false) }),
  fieldNames: ['spec.unschedulable'],
});
