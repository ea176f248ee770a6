import type { ServiceAccount as Account, Pod, PodSpec } from '../../generated/types.ts';
import type { AnyContainer } from '../../objects/core/pod/any-container.ts';

const ANNOTATION = 'kubernetes.io/enforce-mountable-secrets';
/** What Go's strconv.ParseBool takes for true. */
const TRUE = new Set(['1', 't', 'T', 'true', 'True', 'TRUE']);

/** Whether pods of this account may name no Secret but those that the account lists. */
export function limitsSecrets(account: Account): boolean {
  return TRUE.has(account.metadata.annotations?.[ANNOTATION] ?? '');
}

/**
 * The first Secret that a new pod names and its account does not list, as upstream's
 * limitSecretReferences says it; null when there is none. Projected volumes go by, as upstream.
 */
export function unlistedSecret({ spec }: Pod, account: Account): string | null {
  const why = notListed(account);
  const secrets = namesOf(account.secrets);
  for (const { secret } of spec.volumes ?? []) {
    const { secretName = '' } = secret ?? {};
    if (secret && !secrets.has(secretName)) {
      return `volume with ${named(secretName)} ${why} secret`;
    }
  }
  const found =
    unlistedInEnv('init container', spec.initContainers, account) ??
    unlistedInEnv('container', spec.containers, account);
  return found ?? unlistedPullSecret(spec, account);
}

/** The same of a pod's ephemeral containers: upstream's limitEphemeralContainerSecretReferences. */
export function unlistedEphemeralSecret({ spec }: Pod, account: Account): string | null {
  return unlistedInEnv('ephemeral container', spec.ephemeralContainers, account);
}

function unlistedInEnv(
  what: string,
  containers: readonly AnyContainer[] | undefined,
  account: Account,
): string | null {
  const secrets = namesOf(account.secrets);
  const why = notListed(account);
  for (const { name, env, envFrom } of containers ?? []) {
    for (const variable of env ?? []) {
      const ref = variable.valueFrom?.secretKeyRef;
      if (ref && !secrets.has(ref.name ?? '')) {
        const which = `envVar ${variable.name} referencing ${named(ref.name)}`;
        return `${what} ${name} with ${which} ${why} secret`;
      }
    }
    for (const { secretRef: ref } of envFrom ?? []) {
      if (ref && !secrets.has(ref.name ?? '')) {
        return `${what} ${name} with envFrom referencing ${named(ref.name)} ${why} secret`;
      }
    }
  }
  return null;
}

function unlistedPullSecret(spec: PodSpec, account: Account): string | null {
  const listed = namesOf(account.imagePullSecrets);
  for (const [index, { name = '' }] of (spec.imagePullSecrets ?? []).entries()) {
    if (listed.has(name)) continue;
    return `imagePullSecrets[${index}].name="${name}" ${notListed(account)} imagePullSecret`;
  }
  return null;
}

function named(secret = ''): string {
  return `secret.secretName="${secret}"`;
}

function notListed({ metadata }: Account): string {
  return `is not allowed because service account ${metadata.name} does not reference that`;
}

function namesOf(list: readonly { readonly name?: string }[] | undefined): Set<string> {
  return new Set((list ?? []).map(({ name }) => name ?? ''));
}
