import type { Kind, Subresource } from '../../objects/kind.ts';

/** What can be done with a resource. */
export function resourceVerbs(kind: Kind): readonly string[] {
  if (kind.isComputed) return ['get', 'list'];
  return kind.isQuestion ? ['create'] : RESOURCE_VERBS;
}

/** In upstream's order. */
const RESOURCE_VERBS = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
] as const;

/** What can be done with a subresource. */
export function subresourceVerbs(subresource: Subresource<never>): readonly string[] {
  switch (subresource.type) {
    case 'object':
    case 'view':
      return ['get', 'patch', 'update'];
    case 'action':
    case 'question':
      return ['create'];
    case 'connect':
      return ['create', 'get'];
    case 'node':
      return subresource.verbs;
  }
}

/** The kind that a subresource takes or answers. */
export function subresourceKind(kind: Kind, subresource: Subresource<never>) {
  const { type } = subresource;
  if (type === 'view') {
    const { group, version, kind: shown } = subresource.shown;
    return { group, version, kind: shown };
  }
  if (type === 'action' || type === 'question' || type === 'connect') return subresource.kind;
  return { group: kind.group, version: kind.version, kind: kind.kind };
}
