import { CLAIM_PROTECTION, VOLUME_PROTECTION } from '../../objects/core/volume-facts.ts';
import type { Admission, AdmissionPlugin } from './admission.ts';

const FINALIZERS: Readonly<Record<string, string>> = {
  persistentvolumes: VOLUME_PROTECTION,
  persistentvolumeclaims: CLAIM_PROTECTION,
};

/** Upstream's StorageObjectInUseProtection: volumes and claims are held from the start. */
export const storageProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',

  admit({ operation, kind, subresource, object }: Admission) {
    if (operation !== 'CREATE' || subresource !== '' || kind.group !== '') return undefined;
    const finalizer = FINALIZERS[kind.plural];
    if (finalizer === undefined || object === null) return undefined;
    const { finalizers = [] } = object.metadata;
    if (finalizers.includes(finalizer)) return undefined;
    object.metadata = { ...object.metadata, finalizers: [...finalizers, finalizer] };
    return undefined;
  },
};
