import type { ReferencedResource } from '../../objects/core/pod/references.ts';
import type { Attributes, Authorizer, Decision } from './authorizer.ts';
import { type Rule, RulesAuthorizer } from './rules-authorizer.ts';

const NODE_USER_PREFIX = 'system:node:';
const NODES_GROUP = 'system:nodes';
const LEASE_NAMESPACE = 'kube-node-lease';
const READ = ['get', 'list', 'watch'];
const ABSTAIN: Decision = { type: 'abstain' };

/** What every kubelet may do, whichever its node: upstream's NodeRules. */
const NODE_RULES: readonly Rule[] = [
  { verbs: ['create'], groups: ['authentication.k8s.io'], resources: ['tokenreviews'] },
  {
    verbs: ['create'],
    groups: ['authorization.k8s.io'],
    resources: ['subjectaccessreviews', 'localsubjectaccessreviews'],
  },
  { verbs: READ, groups: [''], resources: ['services'] },
  { verbs: READ, groups: ['discovery.k8s.io'], resources: ['endpointslices'] },
  { verbs: ['create', 'get', 'list', 'watch'], groups: [''], resources: ['nodes'] },
  {
    verbs: ['create', 'update', 'patch'],
    groups: ['', 'events.k8s.io'],
    resources: ['events'],
  },
  { verbs: [...READ, 'create', 'delete'], groups: [''], resources: ['pods'] },
  { verbs: ['update', 'patch'], groups: [''], resources: ['pods/status'] },
  { verbs: ['create'], groups: [''], resources: ['pods/eviction'] },
  { verbs: READ, groups: [''], resources: ['persistentvolumes', 'persistentvolumeclaims'] },
  { verbs: READ, groups: ['storage.k8s.io'], resources: ['volumeattachments', 'csidrivers'] },
  { verbs: READ, groups: ['node.k8s.io'], resources: ['runtimeclasses'] },
];

/** Answers whether a pod that runs on `node` names this object. */
export type NodeUses = (
  node: string,
  resource: ReferencedResource,
  namespace: string,
  name: string,
) => boolean | Promise<boolean>;

/**
 * Allows a kubelet (`system:node:NAME` in `system:nodes`) its own node and lease, what all nodes
 * may see, and the Secrets, ConfigMaps and service account tokens of pods on its node.
 */
export class NodeAuthorizer implements Authorizer {
  readonly #rules: RulesAuthorizer;
  readonly #uses: NodeUses;

  constructor(uses: NodeUses) {
    this.#uses = uses;
    this.#rules = new RulesAuthorizer([{ to: { group: NODES_GROUP }, rules: NODE_RULES }]);
  }

  authorize(attributes: Attributes): Decision | Promise<Decision> {
    const { user } = attributes;
    const isNode = user.name.startsWith(NODE_USER_PREFIX) && user.groups.includes(NODES_GROUP);
    if (!isNode || attributes.type === 'path') return ABSTAIN;
    const node = user.name.slice(NODE_USER_PREFIX.length);
    const { group, resource, namespace, name, verb, subresource } = attributes;
    if (group === '' && (resource === 'secrets' || resource === 'configmaps')) {
      return this.#authorizeUse(node, resource, attributes);
    }
    if (group === '' && resource === 'serviceaccounts' && subresource === 'token') {
      if (verb !== 'create' || name === '') {
        return abstain('can only create tokens for individual service accounts');
      }
      return this.#ifUsed(node, resource, namespace, name);
    }
    if (group === '' && resource === 'serviceaccounts' && subresource === '' && verb === 'get') {
      return this.#authorizeUse(node, resource, attributes);
    }
    if (group === '' && resource === 'nodes' && ['update', 'patch', 'delete'].includes(verb)) {
      if (name === node) return { type: 'allow' };
      return abstain(`node ${node} is not allowed to modify node ${name}`);
    }
    if (group === 'coordination.k8s.io' && resource === 'leases') {
      if (namespace !== LEASE_NAMESPACE)
        return abstain(`can only access leases in the "${LEASE_NAMESPACE}" system namespace`);
      const isCreate = verb === 'create' && name === '';
      if (
        isCreate ||
        (name === node && ['get', 'create', 'update', 'patch', 'delete'].includes(verb))
      ) {
        return { type: 'allow' };
      }
      return abstain('can only access node lease with the same name as the requesting node');
    }
    return this.#rules.authorize(attributes);
  }

  #authorizeUse(
    node: string,
    resource: ReferencedResource,
    { verb, namespace, name }: { verb: string; namespace: string; name: string },
  ): Decision | Promise<Decision> {
    if (!READ.includes(verb)) return abstain('can only read resources of this type');
    if (name === '') return abstain('can only read namespaced object of this type');
    return this.#ifUsed(node, resource, namespace, name);
  }

  #ifUsed(
    node: string,
    resource: ReferencedResource,
    namespace: string,
    name: string,
  ): Decision | Promise<Decision> {
    const decide = (isUsed: boolean): Decision =>
      isUsed
        ? { type: 'allow' }
        : abstain(`no relationship found between node '${node}' and this object`);
    const isUsed = this.#uses(node, resource, namespace, name);
    return isUsed instanceof Promise ? isUsed.then(decide) : decide(isUsed);
  }
}

function abstain(reason: string): Decision {
  return { type: 'abstain', reason };
}
