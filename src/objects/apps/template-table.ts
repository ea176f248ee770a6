import type { LabelSelector, PodTemplateSpec } from '../../generated/types.ts';
import { wideColumn } from '../core/table-columns.ts';
import type { Column } from '../kind.ts';
import { formatSelector, selectorFrom } from '../labels.ts';

/** The columns about a workload's pods that `-o wide` shows. */
export function templateColumns(selectorText: string): Column[] {
  return [
    wideColumn('Containers', 'Names of each container in the template.'),
    wideColumn('Images', 'Images referenced by each container in the template.'),
    wideColumn('Selector', selectorText),
  ];
}

/** Their cells. */
export function templateCells(spec: {
  readonly selector: LabelSelector;
  readonly template?: PodTemplateSpec;
}): string[] {
  const containers = spec.template?.spec?.containers ?? [];
  const names = containers.map(({ name }) => name).join(',');
  const images = containers.map(({ image = '' }) => image).join(',');
  // As upstream's metav1.FormatLabelSelector.
  return [names, images, formatSelector(selectorFrom(spec.selector) ?? []) || '<none>'];
}
