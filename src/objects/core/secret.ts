import type { Secret } from '../../generated/types.ts';
import { type FieldError, invalid, Path, required, tooLong } from '../field-error.ts';
import { goQuote } from '../go-quote.ts';
import { humanAge } from '../human-duration.ts';
import { defineKind } from '../kind.ts';
import { dns1123Subdomain } from '../names.ts';
import { DATA_BYTES_MAX, decodedBytes, validateFrozen, validateKeys } from './data-map.ts';
import { fieldTexts } from './field-texts.ts';
import { validateImmutable } from './immutable.ts';
import { ageColumn, column, nameColumn } from './table-columns.ts';

const SERVICE_ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const DATA = Path.of('data');

/** The write-only stringData overrides data, key by key, and is never stored. */
function setDefaults(secret: Secret): void {
  const { stringData } = secret;
  if (stringData !== undefined) {
    const data = { ...secret.data };
    for (const [key, text] of Object.entries(stringData)) {
      data[key] = Buffer.from(text).toString('base64');
    }
    if (Object.keys(data).length > 0) secret.data = data;
    delete secret.stringData;
  }
  secret.type ||= 'Opaque';
}

/** Complaints about keys that must be there. */
function requireKeys(data: Readonly<Record<string, string>>, ...keys: string[]): FieldError[] {
  return keys.filter((key) => data[key] === undefined).map((key) => required(DATA.key(key)));
}

/** Go's complaint about a text that is no JSON object; undefined when it is one. */
function jsonObjectProblem(text: string): string | undefined {
  const start = text.trimStart();
  if (start === '') return 'unexpected end of JSON input';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const first = String.fromCodePoint(start.codePointAt(0)!);
    if (/^["\d{[ftn-]/.test(first)) return 'unexpected end of JSON input';
    const quoted = goQuote(first).slice(1, -1).replace("'", "\\'");
    return `invalid character '${quoted}' looking for beginning of value`;
  }
  if (value === null || (typeof value === 'object' && !Array.isArray(value))) return undefined;
  const type = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`;
}

function validateJson(data: Readonly<Record<string, string>>, key: string): FieldError[] {
  const value = data[key];
  if (value === undefined) return [required(DATA.key(key))];
  const problem = jsonObjectProblem(Buffer.from(value, 'base64').toString());
  return problem === undefined
    ? []
    : [invalid(DATA.key(key), '<secret contents redacted>', problem)];
}

/** The rules of the types that Kubernetes knows; any other type is free. */
function validateType(secret: Secret): FieldError[] {
  const data = secret.data ?? {};
  switch (secret.type) {
    case 'kubernetes.io/service-account-token': {
      if (secret.metadata.annotations?.[SERVICE_ACCOUNT_NAME]) return [];
      return [required(Path.of('metadata', 'annotations').key(SERVICE_ACCOUNT_NAME))];
    }
    case 'kubernetes.io/dockercfg':
      return validateJson(data, '.dockercfg');
    case 'kubernetes.io/dockerconfigjson':
      return validateJson(data, '.dockerconfigjson');
    case 'kubernetes.io/basic-auth': {
      const missing = requireKeys(data, 'username', 'password');
      return missing.length === 2 ? missing : [];
    }
    case 'kubernetes.io/ssh-auth':
      return data['ssh-privatekey'] ? [] : [required(DATA.key('ssh-privatekey'))];
    case 'kubernetes.io/tls':
      return requireKeys(data, 'tls.crt', 'tls.key');
    default:
      return [];
  }
}

function validate(secret: Secret): FieldError[] {
  const data = secret.data ?? {};
  const errors = validateKeys(data, DATA);
  let size = 0;
  for (const value of Object.values(data)) size += decodedBytes(value);
  if (size > DATA_BYTES_MAX) errors.push(tooLong(DATA, DATA_BYTES_MAX));
  return [...errors, ...validateType(secret)];
}

/** Secrets: like ConfigMaps, for what must not be shown. Values are base64. */
export const secretKind = defineKind<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  shortNames: [],
  categories: [],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Secret',
  encrypted: true,

  validateName: dns1123Subdomain,
  defaults: setDefaults,
  validate,
  update: {
    validateUpdate: (secret, old) => [
      ...validateImmutable(Path.of('type'), secret.type, old.type),
      ...validateFrozen(secret, old),
    ],
  },
  subresources: {},

  columns: [
    nameColumn,
    column('Type', fieldTexts.secretType),
    column('Data', fieldTexts.secretData),
    ageColumn,
  ],
  cells: (secret, now) => [
    secret.metadata.name ?? '',
    secret.type ?? '',
    Object.keys(secret.data ?? {}).length,
    humanAge(secret.metadata.creationTimestamp, now),
  ],
  fields: (secret) => ({ type: secret.type ?? '' }),
  fieldNames: ['type'],
});
