import type { ServiceAccount } from '../../generated/types.ts';
import { tokenRequest } from '../authentication/token-request.ts';
import { humanAge } from '../human-duration.ts';
import { defineKind } from '../kind.ts';
import { dns1123Subdomain } from '../names.ts';
import { fieldTexts } from './field-texts.ts';
import { ageColumn, column, nameColumn } from './table-columns.ts';

/** Secrets are named alone: their namespace is the account's. */
function keepSecretNames(account: ServiceAccount): void {
  if (account.secrets === undefined) return;
  account.secrets = account.secrets.map(({ name }) => ({ name }));
}

const LIMIT = 'kubernetes.io/enforce-mountable-secrets';

/** Only whoever sets the annotation is told, whatever its value. */
function warningsOf({ metadata }: ServiceAccount, old?: ServiceAccount): string[] {
  const isNew = old?.metadata.annotations?.[LIMIT] === undefined;
  if (metadata.annotations?.[LIMIT] === undefined || !isNew) return [];
  const instead = 'prefer separate namespaces to isolate access to mounted secrets';
  return [`metadata.annotations[${LIMIT}]: deprecated in v1.32+; ${instead}`];
}

/** Service accounts: who the processes in pods are. */
export const serviceAccountKind = defineKind<ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  categories: [],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ServiceAccount',

  validateName: dns1123Subdomain,
  prepareForCreate: keepSecretNames,
  update: { prepareForUpdate: keepSecretNames, warnings: warningsOf },
  warnings: warningsOf,
  subresources: { token: tokenRequest },

  columns: [nameColumn, column('Secrets', fieldTexts.serviceAccountSecrets), ageColumn],
  cells: (account, now) => [
    account.metadata.name ?? '',
    account.secrets?.length ?? 0,
    humanAge(account.metadata.creationTimestamp, now),
  ],
});
