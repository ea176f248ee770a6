import type { Store } from '../../storage/store.ts';
import type { Stored } from '../../storage/stored.ts';
import type { KindTable } from '../kind-table.ts';
import { ObjectMirror } from '../object-mirror.ts';
import { type Authorizer, UnionAuthorizer } from './authorizer.ts';
import { BOOTSTRAP_GRANTS } from './bootstrap-grants.ts';
import { NodeAuthorizer } from './node-authorizer.ts';
import { PodsByNode, podUses } from './pod-uses.ts';
import { RulesAuthorizer } from './rules-authorizer.ts';

/** Upstream's `--authorization-mode=Node,RBAC` as it is before anybody adds roles. */
export function defaultAuthorizer(store: Store<Stored>, kinds: KindTable): Authorizer {
  const rules = new RulesAuthorizer(BOOTSTRAP_GRANTS);
  const pods = kinds.get('', 'v1', 'pods');
  if (pods === undefined) return rules;
  const index = new PodsByNode();
  const uses = podUses(new ObjectMirror(store, pods, index), index);
  return new UnionAuthorizer([rules, new NodeAuthorizer(uses)]);
}
