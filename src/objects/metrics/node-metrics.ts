import { column, nameColumn } from '../core/table-columns.ts';
import { defineKind } from '../kind.ts';
import { metricsKind, type NodeMetrics } from './metrics-kind.ts';

/** What nodes use of their processors and memory, for `kubectl top node`. */
export const nodeMetricsKind = defineKind<NodeMetrics>({
  ...metricsKind('NodeMetrics'),
  plural: 'nodes',
  namespaced: false,
  columns: [
    nameColumn,
    column('cpu', 'CPU in use, on average over the window'),
    column('memory', 'Memory in use'),
    column('Window', 'Time over which CPU is averaged'),
  ],
  cells: ({ metadata, usage, window }) => [
    metadata.name ?? '',
    usage.cpu ?? '',
    usage.memory ?? '',
    window,
  ],
});
