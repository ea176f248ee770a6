import type { VolumeMount } from '../generated/types.ts';
import { StartError } from './start-error.ts';

/** Whether what is mounted below a mount is made read-only with it: as asked, where it can be had. */
export function isRecursiveReadOnly(mount: VolumeMount, isSupported: boolean): boolean {
  const { readOnly = false, recursiveReadOnly: mode = 'Disabled' } = mount;
  return readOnly && mode !== 'Disabled' && isSupported;
}

/**
 * Refuses what was asked for without an alternative and cannot be had.
 *
 * @throws StartError CreateContainerConfigError, with upstream's words
 */
export function checkRecursiveReadOnly(mount: VolumeMount, isSupported: boolean): void {
  if (mount.recursiveReadOnly !== 'Enabled' || isSupported) return;
  throw new StartError(
    'CreateContainerConfigError',
    `failed to resolve recursive read-only mode: volume "${mount.name}" requested recursive ` +
      'read-only mode, but it is not supported by the runtime',
  );
}
