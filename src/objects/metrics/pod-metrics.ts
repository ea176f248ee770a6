import { column, nameColumn } from '../core/table-columns.ts';
import { defineKind } from '../kind.ts';
import { addQuantities, formatQuantity, parseQuantity } from '../quantity.ts';
import { metricsKind, type PodMetrics } from './metrics-kind.ts';

/** What pods use of their node's processors and memory, for `kubectl top pod`. */
export const podMetricsKind = defineKind<PodMetrics>({
  ...metricsKind('PodMetrics'),
  plural: 'pods',
  namespaced: true,
  columns: [
    nameColumn,
    column('cpu', 'CPU in use, on average over the window'),
    column('memory', 'Memory in use'),
    column('Window', 'Time over which CPU is averaged'),
  ],
  cells: (metrics) => [
    metrics.metadata.name ?? '',
    sum(metrics, 'cpu'),
    sum(metrics, 'memory'),
    metrics.window,
  ],
});

function sum({ containers }: PodMetrics, resource: string): string {
  const amounts = containers.map(({ usage }) => parseQuantity(usage[resource] ?? '0'));
  return formatQuantity(amounts.reduce(addQuantities, parseQuantity('0')));
}
