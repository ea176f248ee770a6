import type { Kind } from '../../objects/kind.ts';
import type { Resource } from '../kind-table.ts';
import { resourceVerbs, subresourceKind, subresourceVerbs } from './resource-verbs.ts';

/** The group of the aggregated form of discovery. */
export const DISCOVERY_GROUP = 'apidiscovery.k8s.io';

/** All groups of `resources` with all their versions and kinds in one answer. */
export function aggregatedDiscovery(resources: readonly Resource[], version: string) {
  const groups = new Map<string, Map<string, Resource[]>>();
  for (const resource of resources) {
    const { group, version: own } = resource.kind;
    const versions = groups.get(group) ?? new Map<string, Resource[]>();
    groups.set(group, versions);
    versions.set(own, [...(versions.get(own) ?? []), resource]);
  }
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `${DISCOVERY_GROUP}/${version}`,
    metadata: {},
    items: [...groups].map(([group, versions]) => ({
      metadata: { ...(group === '' ? {} : { name: group }), creationTimestamp: null },
      versions: [...versions].map(([name, served]) => ({
        version: name,
        resources: served.map(({ kind }) => describe(kind)),
        freshness: 'Current',
      })),
    })),
  };
}

function describe(kind: Kind) {
  const { group, version, plural, singular, shortNames, categories, namespaced } = kind;
  const subresources = Object.entries(kind.subresources).map(([name, subresource]) => ({
    subresource: name,
    responseKind: subresourceKind(kind, subresource),
    verbs: subresourceVerbs(subresource),
  }));
  return {
    resource: plural,
    responseKind: { group, version, kind: kind.kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: resourceVerbs(kind),
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}
