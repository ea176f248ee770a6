import type { KeyToPath } from '../../generated/types.ts';
import type { ProjectedFile } from '../edges.ts';
import { MountError } from './volume-type.ts';

/** Which keys of a ConfigMap or Secret become files, and how: the part all such sources share. */
export interface KeySelection {
  readonly items?: readonly KeyToPath[] | undefined;
  readonly optional?: boolean | undefined;
  /** Permission bits of files that name none. */
  readonly defaultMode: number;
}

/**
 * A file for each key, or for those that are selected, upstream's MakePayload.
 *
 * @param problem upstream's words before the name of a key that is not there
 * @throws MountError when a selected key is missing and the source is not optional
 */
export function keyFiles(
  values: ReadonlyMap<string, Uint8Array>,
  { items = [], optional = false, defaultMode }: KeySelection,
  problem: string,
): Map<string, ProjectedFile> {
  const files = new Map<string, ProjectedFile>();
  if (items.length === 0) {
    for (const [key, data] of values) files.set(key, { data, mode: defaultMode });
    return files;
  }
  for (const { key, path, mode } of items) {
    const data = values.get(key);
    if (data !== undefined) files.set(path, { data, mode: mode ?? defaultMode });
    else if (!optional) throw new MountError(`${problem}: ${key}`);
  }
  return files;
}
