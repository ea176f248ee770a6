import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Prng } from '../../base/prng.ts';
import type { Store } from '../../storage/store.ts';
import type { Stored } from '../../storage/stored.ts';
import type { KindTable } from '../kind-table.ts';
import { NameIndex } from '../name-index.ts';
import { type MirrorIndex, ObjectMirror } from '../object-mirror.ts';
import type { AdmissionPlugin } from './admission.ts';
import { defaultTolerations } from './default-tolerations.ts';
import { NamespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { podAbilities } from './pod-abilities.ts';
import { PodSecurity } from './pod-security/pod-security.ts';
import { priority } from './priority.ts';
import { ServiceAccountAdmission } from './service-account.ts';
import { ServiceAllocation, type ServiceRanges } from './service-allocation.ts';
import { StorageClassAdmission, StorageClassIndex } from './storage-classes.ts';
import { storageProtection } from './storage-protection.ts';

/** What the plugins that a cluster needs are made of. */
export interface PluginParts {
  readonly store: Store<Stored>;
  readonly kinds: KindTable;
  readonly clock: Clock;
  readonly log: Log;
  readonly prng: Prng;
  readonly serviceRanges: ServiceRanges;
}

/** The plugins of every cluster, in upstream's order; each only where its kinds are served. */
export function defaultPlugins(parts: PluginParts): readonly AdmissionPlugin[] {
  const { store, kinds, clock, log, prng, serviceRanges } = parts;
  const mirror = (plural: string, index: MirrorIndex) => {
    const resource = kinds.get('', 'v1', plural);
    return resource && new ObjectMirror(store, resource, index);
  };
  const plugins: AdmissionPlugin[] = [];
  const namespaceIndex = new NameIndex();
  const namespaces = mirror('namespaces', namespaceIndex);
  if (namespaces !== undefined) plugins.push(new NamespaceLifecycle(namespaces, namespaceIndex));
  const accountIndex = new NameIndex();
  const accounts = mirror('serviceaccounts', accountIndex);
  if (accounts !== undefined) {
    plugins.push(new ServiceAccountAdmission(accounts, accountIndex, clock, prng));
  }
  plugins.push(nodeRestriction);
  const pods = kinds.get('', 'v1', 'pods');
  if (namespaces !== undefined && pods !== undefined) {
    const known = { namespaces: namespaceIndex, mirror: namespaces };
    plugins.push(new PodSecurity({ store, pods, ...known, clock, log }));
  }
  plugins.push(priority, defaultTolerations, storageProtection);
  const storageClasses = kinds.get('storage.k8s.io', 'v1', 'storageclasses');
  if (storageClasses !== undefined) {
    const index = new StorageClassIndex();
    const classes = new ObjectMirror(store, storageClasses, index);
    plugins.push(new StorageClassAdmission(classes, index));
  }
  plugins.push(podAbilities);
  const services = kinds.get('', 'v1', 'services');
  if (services !== undefined) {
    const mirrorOf = (index: MirrorIndex) => new ObjectMirror(store, services, index);
    plugins.push(new ServiceAllocation(serviceRanges, prng, mirrorOf));
  }
  return plugins;
}
