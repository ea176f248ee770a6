import type { PersistentVolumeClaim } from '../../generated/types.ts';
import type { Admission } from './admission.ts';

/** The claim to be, where `admission` is a creation or normal update of one; else null. */
export function writtenClaimOf(admission: Admission): PersistentVolumeClaim | null {
  const { operation, kind, subresource, object } = admission;
  const isClaim = kind.plural === 'persistentvolumeclaims' && kind.group === '';
  if (!isClaim || subresource !== '' || operation === 'DELETE') return null;
  return object as unknown as PersistentVolumeClaim;
}
