import type { Binding, Pod } from '../../../generated/types.ts';
import { defineKind } from '../../kind.ts';
import { dns1123Subdomain } from '../../names.ts';
import { bindPod, validateBinding } from './binding.ts';
import { isTerminal } from './conditions.ts';
import { attach, exec, portForward } from './connections.ts';
import { defaultPod } from './defaults.ts';
import { ephemeralContainers } from './ephemeral-containers.ts';
import { validateLogOptions } from './log-options.ts';
import { prepareNewPod, preparePodUpdate, prepareStatusUpdate } from './prepare.ts';
import { podCells, podColumns } from './printer.ts';
import { resize } from './resize.ts';
import { validateNewPod, validatePod } from './validate-pod.ts';
import { validateStatusUpdate } from './validate-status.ts';
import { validatePodUpdate } from './validate-update.ts';
import { podWarnings } from './warnings.ts';

/** A pod that runs nowhere, or no more, goes at once; others get time to end. */
function gracePeriodSeconds(pod: Pod, requested: number | undefined): number {
  if (!pod.spec.nodeName || isTerminal(pod)) return 0;
  const seconds = requested ?? pod.spec.terminationGracePeriodSeconds ?? 0;
  return seconds < 0 ? 1 : seconds;
}

/** Pods: groups of containers that run together on one node. */
export const podKind = defineKind<Pod>({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Pod',

  validateName: dns1123Subdomain,
  defaults: defaultPod,
  prepareForCreate: (pod, { now }) => prepareNewPod(pod, now),
  validate: validatePod,
  validateCreate: validateNewPod,
  warnings: podWarnings,
  update: { prepareForUpdate: preparePodUpdate, validateUpdate: validatePodUpdate },
  generation: true,
  delete: { gracePeriodSeconds },

  subresources: {
    status: {
      type: 'object',
      prepareForUpdate: prepareStatusUpdate,
      validateUpdate: validateStatusUpdate,
    },
    binding: {
      type: 'action',
      kind: { group: '', version: 'v1', kind: 'Binding' },
      schema: 'io.k8s.api.core.v1.Binding',
      validate: (body) => validateBinding(body as unknown as Binding),
      apply: (pod, body, { now }) => bindPod(pod, body as unknown as Binding, now),
    },
    attach,
    ephemeralcontainers: ephemeralContainers,
    exec,
    resize,
    log: {
      type: 'node',
      verbs: ['get'],
      options: 'io.k8s.api.core.v1.PodLogOptions',
      validate: validateLogOptions,
    },
    portforward: portForward,
  },

  columns: podColumns,
  cells: podCells,
  fields: ({ spec, status }) => ({
    'spec.nodeName': spec.nodeName ?? '',
    'spec.restartPolicy': spec.restartPolicy ?? '',
    'spec.schedulerName': spec.schedulerName ?? '',
    'spec.serviceAccountName': spec.serviceAccountName ?? '',
    'spec.hostNetwork': String(spec.hostNetwork ?? false),
    'status.phase': status?.phase ?? '',
    'status.podIP': status?.podIPs?.[0]?.ip ?? '',
    'status.nominatedNodeName': status?.nominatedNodeName ?? '',
  }),
  fieldNames: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
});
