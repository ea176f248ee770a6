import { ApiError } from '../../objects/api-error.ts';
import { invalidObject } from '../../objects/field-error.ts';
import type { Kind } from '../../objects/kind.ts';
import type { KubeObject } from '../../objects/meta.ts';
import { decodeBody } from '../../objects/schema/decode.ts';
import type { KeyValue } from '../../storage/store.ts';
import { Stored } from '../../storage/stored.ts';
import { type Admission, finishAdmission } from '../admission/admission.ts';
import { alreadyExists, generatedNameTaken } from '../errors.ts';
import type { ApiResponse, UserInfo } from '../handler.ts';
import type { Resource } from '../kind-table.ts';
import { generateName, matchNamespace, prepareNewMetadata } from '../metadata/prepare.ts';
import { validateNewMetadata } from '../metadata/validate.ts';
import { readObjectBody } from '../request-body.ts';
import { storedResponse } from '../respond.ts';
import type { Call, ServerParts } from '../server-parts.ts';
import { readWriteOptions } from '../write-options.ts';

/** How many generated names are tried, as upstream's RetryGenerateName. */
const GENERATED_NAMES_MAX = 8;

/** Creates the object that the body holds. */
export async function createObject(server: ServerParts, call: Call): Promise<ApiResponse> {
  const { request, resource, target } = call;
  const options = readWriteOptions(request.query, 'CreateOptions');
  const body = await readObjectBody(request.body, server.parseYaml);
  const { object, warnings } = decodeBody(resource.kind, body, options.fieldValidation);
  matchNamespace(object, resource.kind, target.namespace);
  resource.kind.defaults?.(object);
  const { namespace } = target;
  const { dryRun } = options;
  const admitted: string[] = [];
  const { user } = request;
  const creation = { resource, namespace, user, dryRun, object, warnings: admitted };
  const stored = await storeNewObject(server, creation);
  const own = resource.kind.warnings?.(object) ?? [];
  return storedResponse(server, call, stored, 201, [...warnings, ...own, ...admitted]);
}

/** A decoded object, with defaults, that is to be stored. */
export interface Creation {
  readonly resource: Resource;
  readonly namespace: string;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** Handed over. */
  readonly object: KubeObject;
  /** Admission adds what it has to tell the caller. */
  readonly warnings: string[];
}

/**
 * Prepares, validates and stores a new object.
 *
 * @throws ApiError AlreadyExists, Invalid, and what admission throws
 */
export async function storeNewObject(server: ServerParts, creation: Creation): Promise<Stored> {
  const { resource, namespace, user, dryRun, object, warnings } = creation;
  const { kind } = resource;
  const { metadata } = object;
  if (metadata.resourceVersion && metadata.resourceVersion !== '0') {
    const message = 'resourceVersion should not be set on objects to be created';
    throw new ApiError('InternalError', message);
  }
  const admission: Admission = {
    operation: 'CREATE',
    kind,
    subresource: '',
    namespace,
    name: metadata.name ?? '',
    user,
    dryRun,
    object,
    old: null,
    onDone: [],
    warnings,
  };
  const generated = !metadata.name && !!metadata.generateName;
  let isStored = false;
  try {
    await server.admission.run('admit', admission);
    kind.prepareForCreate?.(object, { now: server.clock.now() });
    if (generated) metadata.name = generateName(metadata.generateName!, server.prng);
    prepareNewMetadata(object, kind, server.clock, server.prng);
    await server.admission.run('allocate', admission);
    const errors = validateNewMetadata(object, kind);
    errors.push(...(kind.validate?.(object) ?? []), ...(kind.validateCreate?.(object) ?? []));
    if (errors.length > 0) throw invalidObject(kind, metadata.name ?? '', errors);
    await server.admission.run('validate', admission);
    const stored = await putNew(server, creation, generated);
    isStored = !dryRun;
    return stored;
  } finally {
    finishAdmission(admission, isStored);
  }
}

async function putNew(
  server: ServerParts,
  { resource, namespace, object, dryRun }: Creation,
  generated: boolean,
): Promise<Stored> {
  const { kind } = resource;
  let present: KeyValue<Stored> | null = null;
  for (let attempt = 1; ; attempt++) {
    const name = object.metadata.name!;
    const key = resource.keyOf(namespace, name);
    const draft = new Stored(resource.toStored(object), null);
    if (dryRun) {
      present = await server.store.get(key);
      if (present === null) return draft;
    } else {
      const outcome = await server.store.commit({
        compare: [{ key, modRevision: 0 }],
        operations: [{ type: 'put', key, value: draft }],
      });
      if (outcome.succeeded) return outcome.results[0]!.value;
      present = outcome.current[0] ?? null;
    }
    if (!generated) throw taken(kind, name, present);
    if (attempt >= GENERATED_NAMES_MAX) throw generatedNameTaken(kind, name);
    object.metadata.name = generateName(object.metadata.generateName!, server.prng);
  }
}

/** Says so where the name will soon be free. */
function taken(kind: Kind, name: string, present: KeyValue<Stored> | null): ApiError {
  const error = alreadyExists(kind, name);
  if (!present?.value.object.metadata.deletionTimestamp) return error;
  return new ApiError('AlreadyExists', `object is being deleted: ${error.message}`, error.details);
}
