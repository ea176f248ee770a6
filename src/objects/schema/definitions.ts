import { schemasJson } from '../../generated/schemas.ts';
import { metricsDefinitions } from '../metrics/metrics-definitions.ts';

/** A definition or a field of one, as OpenAPI writes it; `$ref` is a bare definition name. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly $ref?: string;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

let parsed: Readonly<Record<string, Schema>> | undefined;

/** Every definition of the API by its upstream name. Parsed when first asked for. */
export function definitions(): Readonly<Record<string, Schema>> {
  parsed ??= { ...(JSON.parse(schemasJson) as Record<string, Schema>), ...metricsDefinitions };
  return parsed;
}

/**
 * The definition called `name`, such as io.k8s.api.core.v1.PodSpec.
 *
 * @throws Error when there is none: names come from our own tables, never from a client
 */
export function definition(name: string): Schema {
  const found = definitions()[name];
  if (found === undefined) throw new Error(`no definition is called ${name}`);
  return found;
}

/** Whether a definition is an object of the API with metadata, not a mere part of one. */
export function isKind({ properties }: Schema): boolean {
  return (
    properties?.apiVersion !== undefined &&
    properties.kind !== undefined &&
    properties.metadata !== undefined
  );
}
