import { type FieldError, invalid, notSupported, Path } from '../../objects/field-error.ts';
import { badRequest, invalidOptions } from '../errors.ts';
import type { ApiRequest } from '../handler.ts';
import { bodyValue, type ParseYaml, readObjectBody } from '../request-body.ts';
import { isTrue } from '../request-info.ts';
import { validateDryRun } from '../write-options.ts';

const POLICIES = ['Background', 'Foreground', 'Orphan'] as const;

/** metav1.DeleteOptions. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: (typeof POLICIES)[number];
  readonly orphanDependents?: boolean;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun: boolean;
}

const BODY_VERSIONS: readonly unknown[] = [undefined, '', 'v1', 'meta.k8s.io/v1'];

/**
 * The options of a delete: from the body, or from the query where there is none.
 *
 * @throws ApiError BadRequest, Invalid
 */
export async function readDeleteOptions(
  request: ApiRequest,
  parseYaml: ParseYaml,
): Promise<DeleteOptions> {
  const isEmpty = request.body?.type === 'bytes' && request.body.bytes.length === 0;
  const raw =
    request.body === null || isEmpty
      ? fromQuery(request.query)
      : checkBody(bodyValue(await readObjectBody(request.body, parseYaml)));
  const dryRun = Array.isArray(raw.dryRun) ? raw.dryRun.map(String) : [];
  const errors = [...validateDryRun(dryRun), ...validateFields(raw)];
  if (errors.length > 0) throw invalidOptions('DeleteOptions', errors);
  return { ...(raw as Omit<DeleteOptions, 'dryRun'>), dryRun: dryRun.length > 0 };
}

type Raw = Readonly<Record<string, unknown>>;

function fromQuery(query: URLSearchParams): Raw {
  if (query.size === 0) return {};
  const grace = query.get('gracePeriodSeconds');
  const orphan = query.get('orphanDependents');
  return {
    ...(grace ? { gracePeriodSeconds: Number(grace) } : {}),
    ...(orphan ? { orphanDependents: isTrue(orphan) } : {}),
    propagationPolicy: query.get('propagationPolicy') || undefined,
    dryRun: query.getAll('dryRun').filter((value) => value !== ''),
  };
}

function checkBody(value: unknown): Raw {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest('the body of a delete must hold DeleteOptions');
  }
  const raw = value as Raw;
  const isOptions = raw.kind === undefined || raw.kind === '' || raw.kind === 'DeleteOptions';
  if (!isOptions || !BODY_VERSIONS.includes(raw.apiVersion)) {
    throw badRequest(
      `decoded object cannot be converted to DeleteOptions: ${raw.apiVersion}, Kind=${raw.kind}`,
    );
  }
  const { gracePeriodSeconds: grace, orphanDependents: orphan, preconditions } = raw;
  const isObject = typeof preconditions === 'object' || preconditions === undefined;
  if (
    !(grace === undefined || grace === null || Number.isSafeInteger(grace)) ||
    !(orphan === undefined || orphan === null || typeof orphan === 'boolean') ||
    !isObject
  ) {
    throw badRequest('DeleteOptions in version "v1" cannot be handled: a field has the wrong type');
  }
  return {
    ...raw,
    gracePeriodSeconds: grace ?? undefined,
    orphanDependents: orphan ?? undefined,
    preconditions: preconditions ?? undefined,
  };
}

function validateFields(raw: Raw): FieldError[] {
  const { gracePeriodSeconds: grace, propagationPolicy: policy, orphanDependents } = raw;
  const errors: FieldError[] = [];
  if (grace !== undefined && !Number.isSafeInteger(grace)) {
    errors.push(invalid(Path.of('gracePeriodSeconds'), String(grace), 'must be an integer'));
  }
  if (policy !== undefined && policy !== null && orphanDependents !== undefined) {
    const why = 'orphanDependents and deletionPropagation cannot be both set';
    errors.push(invalid(Path.of('propagationPolicy'), policy, why));
  }
  if (policy !== undefined && policy !== null && !POLICIES.some((known) => known === policy)) {
    errors.push(notSupported(Path.of('propagationPolicy'), policy, [...POLICIES, 'nil']));
  }
  return errors;
}

/** The finalizers of an object once its deletion begins: the garbage collector's follow the policy. */
export function finalizersFor(
  present: readonly string[],
  options: DeleteOptions,
): readonly string[] {
  const { propagationPolicy: policy, orphanDependents } = options;
  const says = policy !== undefined || orphanDependents !== undefined;
  const orphan = says
    ? policy === 'Orphan' || orphanDependents === true
    : present.includes('orphan');
  const foreground = says ? policy === 'Foreground' : present.includes('foregroundDeletion');
  const finalizers = present.filter((name) => name !== 'orphan' && name !== 'foregroundDeletion');
  if (orphan) finalizers.push('orphan');
  if (foreground) finalizers.push('foregroundDeletion');
  return finalizers;
}
