import { definition } from '../objects/schema/definitions.ts';
import { badRequest } from './errors.ts';
import { isTrue } from './request-info.ts';

/**
 * Reads query parameters by the definition called `name`; parameters that it does not have are
 * ignored, as upstream does.
 *
 * @throws ApiError BadRequest on a malformed number
 */
export function decodeOptions(name: string, query: URLSearchParams): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [field, { type, items }] of Object.entries(definition(name).properties ?? {})) {
    const values = query.getAll(field);
    const value = values[0];
    if (value === undefined || field === 'apiVersion' || field === 'kind') continue;
    if (type === 'array') options[field] = items?.type === 'integer' ? values.map(integer) : values;
    else if (type === 'boolean') options[field] = isTrue(value);
    else if (type === 'integer') options[field] = integer(value);
    else options[field] = value;
  }
  return options;
}

function integer(text: string): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}
