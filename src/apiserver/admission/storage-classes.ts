import type { PersistentVolumeClaim, StorageClass } from '../../generated/types.ts';
import {
  isDefaultClass,
  leavesClassOpen,
  requestedStorage,
  storageClassOf,
} from '../../objects/core/volume-facts.ts';
import type { KubeObject } from '../../objects/meta.ts';
import { forbidden } from '../errors.ts';
import type { MirrorIndex, ObjectMirror } from '../object-mirror.ts';
import type { Admission, AdmissionPlugin } from './admission.ts';
import { writtenClaimOf } from './claim-object.ts';

/** All classes by name. */
export class StorageClassIndex implements MirrorIndex {
  readonly #classes = new Map<string, StorageClass>();

  clear(): void {
    this.#classes.clear();
  }

  put(object: KubeObject): void {
    this.#classes.set(object.metadata.name ?? '', object as unknown as StorageClass);
  }

  delete(object: KubeObject): void {
    this.#classes.delete(object.metadata.name ?? '');
  }

  get(name: string): StorageClass | undefined {
    return this.#classes.get(name);
  }

  /** The newest of those marked as default; of several as new, the first by name. */
  get default(): StorageClass | undefined {
    const marked = [...this.#classes.values()].filter(isDefaultClass);
    const age = ({ metadata }: StorageClass) => metadata.creationTimestamp ?? '';
    const name = ({ metadata }: StorageClass) => metadata.name ?? '';
    marked.sort((a, b) => order(age(b), age(a)) || order(name(a), name(b)));
    return marked[0];
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const NOT_EXPANDABLE =
  'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc ' +
  'must support resize';

/**
 * Upstream's DefaultStorageClass and PersistentVolumeClaimResize: a new claim that leaves its class
 * open gets the default one, and a bound claim (no other may grow
 * at all) grows only where its class allows it.
 */
export class StorageClassAdmission implements AdmissionPlugin {
  readonly name = 'DefaultStorageClass';
  readonly #mirror: ObjectMirror;
  readonly #classes: StorageClassIndex;

  /** @param mirror keeps `classes` */
  constructor(mirror: ObjectMirror, classes: StorageClassIndex) {
    this.#mirror = mirror;
    this.#classes = classes;
  }

  admit(admission: Admission): Promise<void> | undefined {
    const claim = writtenClaimOf(admission);
    if (claim === null || admission.operation !== 'CREATE') return undefined;
    if (!leavesClassOpen(claim)) return undefined;
    return this.#mirror.whenSynced(() => {
      const name = this.#classes.default?.metadata.name;
      if (name !== undefined) claim.spec.storageClassName = name;
    });
  }

  validate(admission: Admission): Promise<void> | undefined {
    const claim = writtenClaimOf(admission);
    if (claim === null || admission.old === null) return undefined;
    const old = admission.old as unknown as PersistentVolumeClaim;
    if (requestedStorage(claim) <= requestedStorage(old)) return undefined;
    return this.#mirror.whenSynced(() => {
      const { kind, name } = admission;
      const storageClass = this.#classes.get(storageClassOf(claim));
      const isSame = storageClassOf(claim) === storageClassOf(old);
      if (isSame && storageClass?.allowVolumeExpansion) return;
      throw forbidden(kind, name, NOT_EXPANDABLE);
    });
  }
}
