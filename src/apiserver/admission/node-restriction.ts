import type { Node, Pod } from '../../generated/types.ts';
import { equalJson } from '../../objects/core/immutable.ts';
import { apiReference } from '../../objects/core/pod/api-reference.ts';
import { forbidden } from '../errors.ts';
import type { Admission, AdmissionPlugin } from './admission.ts';
import { foreignLabels } from './node-labels.ts';
import { isMirrorPod } from './pod-object.ts';

const NODE_USER_PREFIX = 'system:node:';
const NODES_GROUP = 'system:nodes';

/**
 * Upstream's NodeRestriction: a kubelet writes only its own node, and the pods that run there. The
 * authorizer has allowed the verb; which object it is only shows here.
 */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',

  admit(admission: Admission) {
    const { user, kind } = admission;
    if (kind.group !== '' || !user.name.startsWith(NODE_USER_PREFIX)) return undefined;
    if (!user.groups.includes(NODES_GROUP)) return undefined;
    const node = user.name.slice(NODE_USER_PREFIX.length);
    if (kind.plural === 'pods') checkPod(node, admission);
    if (kind.plural === 'nodes') checkNode(node, admission);
    return undefined;
  },
};

function checkPod(node: string, admission: Admission): void {
  const { operation, kind, name, subresource, object, old } = admission;
  if (operation === 'CREATE') {
    const pod = object as unknown as Pod;
    if (!isMirrorPod(pod)) {
      const why = `pod does not have "kubernetes.io/config.mirror" annotation, node "${node}" can only create mirror pods`;
      throw forbidden(kind, name, why);
    }
    if (pod.spec.nodeName !== node) {
      const why = `node "${node}" can only create pods with spec.nodeName set to itself`;
      throw forbidden(kind, name, why);
    }
    // Else a node could read any Secret, by the name in a pod that it made itself.
    const reference = apiReference(pod);
    if (reference !== undefined) {
      const why = `node "${node}" can not create pods that reference ${reference}`;
      throw forbidden(kind, name, why);
    }
    return;
  }
  if ((old as unknown as Pod).spec.nodeName === node) return;
  const what = operation === 'DELETE' ? 'delete pods' : 'update pod status for pods';
  if (operation === 'UPDATE' && subresource !== 'status') return;
  throw forbidden(kind, name, `node "${node}" can only ${what} with spec.nodeName set to itself`);
}

function checkNode(node: string, { kind, name, object, old }: Admission): void {
  const written = object?.metadata.name ?? name;
  const who = `node "${node}" is not allowed to`;
  if (written !== node) throw forbidden(kind, name, `${who} modify node "${written}"`);
  if (object === null) return;
  const [next, before] = [object, old] as unknown as [Node, Node | null];
  if (before !== null && !equalJson(next.spec?.taints ?? [], before.spec?.taints ?? [])) {
    throw forbidden(kind, name, `${who} modify taints`);
  }
  const { ownerReferences = [], labels } = next.metadata;
  if (before !== null && !equalJson(ownerReferences, before.metadata.ownerReferences ?? [])) {
    throw forbidden(kind, name, `${who} modify ownerReferences`);
  }
  // By labels that others trust it could draw pods to itself, with all that these may read.
  const foreign = foreignLabels(labels, before?.metadata.labels).join(', ');
  if (foreign === '') return;
  const how = before === null ? `${who} set the following` : 'is not allowed to modify';
  throw forbidden(kind, name, `${how} labels: ${foreign}`);
}
