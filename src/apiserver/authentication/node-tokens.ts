import type { Pod, TokenRequestSpec } from '../../generated/types.ts';
import { goQuote } from '../../objects/go-quote.ts';
import { forbidden } from '../errors.ts';
import type { UserInfo } from '../handler.ts';
import type { BoundObjectReader } from './bound-objects.ts';

const NODE_USER_PREFIX = 'system:node:';
const NODES_GROUP = 'system:nodes';
const ACCOUNTS = { group: '', plural: 'serviceaccounts' };

/**
 * What upstream's NodeRestriction demands of tokens: a kubelet asks only for those bound to a pod
 * that runs on its node, for audiences that the pod names.
 *
 * @throws ApiError Forbidden
 */
export async function checkNodeToken(
  user: UserInfo,
  namespace: string,
  account: string,
  { audiences, boundObjectRef: ref }: TokenRequestSpec,
  read: BoundObjectReader,
): Promise<void> {
  if (!user.name.startsWith(NODE_USER_PREFIX) || !user.groups.includes(NODES_GROUP)) return;
  const node = user.name.slice(NODE_USER_PREFIX.length);
  const refuse = (why: string) => forbidden(ACCOUNTS, account, why);
  if (ref?.kind !== 'Pod' || ref.apiVersion !== 'v1' || !ref.name) {
    throw refuse('node requested token not bound to a pod');
  }
  if (!ref.uid) throw refuse('node requested token with a pod binding without a uid');
  const pod = (await read('pods', namespace, ref.name)) as Pod | null;
  // A pod that is not there is the issuer's to tell.
  if (pod === null) return;
  if (pod.metadata.uid !== ref.uid) {
    throw refuse(
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. ` +
        'The object might have been deleted and then recreated',
    );
  }
  if (pod.spec.nodeName !== node) {
    throw refuse('node requested token bound to a pod scheduled on a different node');
  }
  if ((audiences ?? []).length > 1) throw refuse('node may only request 0 or 1 audiences');
  // None is the API's own, as a volume names it by leaving it out.
  const [audience = ''] = audiences ?? [];
  if (namedAudiences(pod).has(audience)) return;
  throw refuse(
    `audience ${goQuote(audience)} not found in pod spec volume, ` +
      `${user.name} is not authorized to request tokens for this audience`,
  );
}

function namedAudiences({ spec }: Pod): ReadonlySet<string> {
  const named = new Set<string>();
  for (const { projected } of spec.volumes ?? []) {
    for (const { serviceAccountToken } of projected?.sources ?? []) {
      if (serviceAccountToken) named.add(serviceAccountToken.audience ?? '');
    }
  }
  return named;
}
