import { apiVersionOf, type Kind } from '../../objects/kind.ts';
import type { Resource } from '../kind-table.ts';
import { resourceVerbs, subresourceKind, subresourceVerbs } from './resource-verbs.ts';

/** /api: the versions of the core group. */
export function coreVersions(resources: readonly Resource[], serverAddress: string) {
  const core = resources.filter(({ kind }) => kind.group === '');
  return {
    kind: 'APIVersions',
    versions: [...new Set(core.map(({ kind }) => kind.version))],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

/** /apis: every named group. */
export function groupList(resources: readonly Resource[]) {
  const names = new Set(resources.map(({ kind }) => kind.group).filter((group) => group !== ''));
  const groups = [...names].map((name) => describeGroup(resources, name));
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

/** /apis/GROUP; null when there is none of that name. */
export function groupOf(resources: readonly Resource[], name: string) {
  if (name === '' || !resources.some(({ kind }) => kind.group === name)) return null;
  return { kind: 'APIGroup', apiVersion: 'v1', ...describeGroup(resources, name) };
}

function describeGroup(resources: readonly Resource[], name: string) {
  const served = resources.filter(({ kind }) => kind.group === name);
  // The order of the table is the order of preference.
  const versions = [...new Set(served.map(({ kind }) => kind.version))].map((version) => ({
    groupVersion: `${name}/${version}`,
    version,
  }));
  return { name, versions, preferredVersion: versions[0] };
}

/** /api/v1 or /apis/GROUP/VERSION; null when nothing is served there. */
export function resourceList(resources: readonly Resource[], group: string, version: string) {
  const served = resources.filter(({ kind }) => kind.group === group && kind.version === version);
  if (served.length === 0) return null;
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: apiVersionOf({ group, version }),
    resources: served.flatMap(({ kind }) => [describe(kind), ...describeSubresources(kind)]),
  };
}

function describe(kind: Kind) {
  return {
    name: kind.plural,
    singularName: kind.singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: resourceVerbs(kind),
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
  };
}

function describeSubresources(kind: Kind) {
  return Object.entries(kind.subresources).map(([name, subresource]) => {
    const own = subresourceKind(kind, subresource);
    const differs = own.group !== kind.group || own.version !== kind.version;
    return {
      name: `${kind.plural}/${name}`,
      singularName: '',
      namespaced: kind.namespaced,
      ...(differs ? { group: own.group, version: own.version } : {}),
      kind: own.kind,
      verbs: subresourceVerbs(subresource),
    };
  });
}
