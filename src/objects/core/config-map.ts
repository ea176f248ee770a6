import type { ConfigMap } from '../../generated/types.ts';
import { type FieldError, invalid, Path, tooLong } from '../field-error.ts';
import { humanAge } from '../human-duration.ts';
import { defineKind } from '../kind.ts';
import { dns1123Subdomain } from '../names.ts';
import { DATA_BYTES_MAX, decodedBytes, validateFrozen, validateKeys } from './data-map.ts';
import { fieldTexts } from './field-texts.ts';
import { ageColumn, column, nameColumn } from './table-columns.ts';

function validate(configMap: ConfigMap): FieldError[] {
  const { data = {}, binaryData = {} } = configMap;
  const errors = validateKeys(data, Path.of('data'));
  for (const key of Object.keys(data)) {
    if (!Object.hasOwn(binaryData, key)) continue;
    const detail = 'duplicate of key present in binaryData';
    errors.push(invalid(Path.of('data').key(key), key, detail));
  }
  errors.push(...validateKeys(binaryData, Path.of('binaryData')));
  let size = 0;
  for (const value of Object.values(data)) size += Buffer.byteLength(value);
  for (const value of Object.values(binaryData)) size += decodedBytes(value);
  // The complaint is about the whole object, which upstream calls by this name.
  if (size > DATA_BYTES_MAX) errors.push(tooLong('[]', DATA_BYTES_MAX));
  return errors;
}

/** ConfigMaps: settings as keys and values, at most 1 MiB in all. */
export const configMapKind = defineKind<ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  categories: [],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ConfigMap',

  validateName: dns1123Subdomain,
  validate,
  update: { validateUpdate: validateFrozen },
  subresources: {},

  columns: [nameColumn, column('Data', fieldTexts.configMapData), ageColumn],
  cells: (configMap, now) => [
    configMap.metadata.name ?? '',
    Object.keys(configMap.data ?? {}).length + Object.keys(configMap.binaryData ?? {}).length,
    humanAge(configMap.metadata.creationTimestamp, now),
  ],
});
