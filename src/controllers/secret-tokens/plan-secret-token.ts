import type { Secret, ServiceAccount } from '../../generated/types.ts';

/** The type of Secrets that hold the token of a service account. */
export const TOKEN_TYPE = 'kubernetes.io/service-account-token';

const NAME = 'kubernetes.io/service-account.name';
const UID = 'kubernetes.io/service-account.uid';

/** The account that a Secret with a token is for; its uid where the Secret insists on one. */
export interface WantedAccount {
  /** `namespace/name`. */
  readonly key: string;
  readonly uid: string | undefined;
}

/** Which account a Secret of {@link TOKEN_TYPE} is for. */
export function accountOf({ metadata: { namespace, annotations = {} } }: Secret): WantedAccount {
  return { key: `${namespace}/${annotations[NAME]}`, uid: annotations[UID] || undefined };
}

/** Whether `account` is the one that is wanted. */
export function isWanted(account: ServiceAccount, { uid }: WantedAccount): boolean {
  return uid === undefined || uid === account.metadata.uid;
}

/**
 * What a Secret of {@link TOKEN_TYPE} must become: upstream's generateTokenIfNeeded. A token that
 * is there is kept, whatever it is; who wants another takes it out.
 *
 * @param rootCa PEM
 * @param sign makes a token of this account for this Secret
 * @returns null when the Secret is good as it is
 */
export function fillSecret(
  secret: Secret,
  account: ServiceAccount,
  rootCa: string,
  sign: () => string,
): Secret | null {
  const { data = {}, metadata } = secret;
  const { name = '', namespace = '', uid = '' } = account.metadata;
  const authority = encode(rootCa);
  if (data['ca.crt'] === authority && data.namespace && data.token) return null;
  return {
    ...secret,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [NAME]: name, [UID]: uid } },
    data: {
      ...data,
      'ca.crt': authority,
      namespace: data.namespace || encode(namespace),
      token: data.token || encode(sign()),
    },
  };
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
