import type { DownwardAPIVolumeFile } from '../../generated/types.ts';
import { podField, resourceField } from '../downward.ts';
import type { ProjectedFile } from '../edges.ts';
import { allContainers } from '../pod-identity.ts';
import { showFiles } from './show-files.ts';
import { MountError, type VolumeContext, type VolumeType } from './volume-type.ts';

const FIXED_FIELDS: ReadonlySet<string> = new Set([
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
]);

/** Fields of the pod itself, as files; in memory, as upstream keeps them. */
export const downwardAPI: VolumeType = {
  mount(volume, context) {
    const { items = [], defaultMode = 0o644 } = volume.downwardAPI ?? {};
    const files = downwardFiles(items, defaultMode, context);
    return showFiles(volume, context, { plugin: 'downward-api', inMemory: true, files });
  },
  showsPod: ({ downwardAPI: source }) => showsChanges(source?.items),
};

/** Whether files show what may change while the pod runs: not its name, namespace and uid. */
export function showsChanges(items: readonly DownwardAPIVolumeFile[] = []): boolean {
  return items.some(({ fieldRef }) => !FIXED_FIELDS.has(fieldRef?.fieldPath ?? ''));
}

/** @throws MountError for a field or container that is not there */
export function downwardFiles(
  items: readonly DownwardAPIVolumeFile[],
  defaultMode: number,
  context: VolumeContext,
): Map<string, ProjectedFile> {
  const files = new Map<string, ProjectedFile>();
  for (const item of items) {
    const data = Buffer.from(fileText(item, context));
    files.set(item.path, { data, mode: item.mode ?? defaultMode });
  }
  return files;
}

function fileText({ fieldRef, resourceFieldRef }: DownwardAPIVolumeFile, context: VolumeContext) {
  const { pod, node } = context;
  const { hostIps, nodeName, allocatable } = node;
  // A volume cannot show addresses: the API refuses such fields.
  const place = { podIps: [], hostIps, nodeName, allocatable };
  if (fieldRef !== undefined) {
    const value = podField(pod, place, fieldRef.fieldPath);
    if (value === undefined) throw new MountError(`unsupported fieldPath: ${fieldRef.fieldPath}`);
    return value;
  }
  if (resourceFieldRef === undefined) return '';
  const { containerName = '', resource } = resourceFieldRef;
  const container = allContainers(pod).find(({ name }) => name === containerName);
  if (container === undefined) throw new MountError(`container ${containerName} not found`);
  const value = resourceField(container, place, resourceFieldRef);
  if (value === undefined) throw new MountError(`unsupported container resource : ${resource}`);
  return value;
}
