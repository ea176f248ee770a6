import type { EnvFromSource, EnvVar, EnvVarSource } from '../../../generated/types.ts';
import { type FieldError, invalid, required } from '../../field-error.ts';
import { configMapKey, dns1123Subdomain, envVarName } from '../../names.ts';
import type { Path } from '../../path.ts';
import { addInvalid, addInvalidIn } from './check.ts';
import { ENV_FIELDS, validateFieldRef, validateResourceFieldRef } from './validate-field-refs.ts';

function checkEnvName(errors: FieldError[], at: Path, field: string, name: string): void {
  addInvalidIn(errors, at, field, name, envVarName(name));
}

/** Checks a container's `env`. */
export function validateEnv(vars: readonly EnvVar[], at: Path, errors: FieldError[]): void {
  for (const [index, variable] of vars.entries()) {
    const varAt = at.index(index);
    if (!variable.name) errors.push(required(varAt.child('name')));
    else checkEnvName(errors, varAt, 'name', variable.name);
    if (variable.valueFrom === undefined) continue;
    validateValueFrom(variable.valueFrom, variable.value ?? '', varAt.child('valueFrom'), errors);
  }
}

function validateValueFrom(
  source: EnvVarSource,
  value: string,
  at: Path,
  errors: FieldError[],
): void {
  let found = 0;
  if (source.fieldRef) {
    found += 1;
    validateFieldRef(source.fieldRef, at.child('fieldRef'), errors, ENV_FIELDS);
  }
  if (source.resourceFieldRef) {
    found += 1;
    validateResourceFieldRef(source.resourceFieldRef, at.child('resourceFieldRef'), errors, false);
  }
  for (const name of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const ref = source[name];
    if (ref === undefined) continue;
    found += 1;
    validateKeyRef(ref, at.child(name), errors);
  }
  if (found === 0) {
    const detail =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`';
    errors.push(invalid(at, '', detail));
  } else if (value !== '') {
    errors.push(invalid(at, '', 'may not be specified when `value` is not empty'));
  } else if (found > 1) {
    errors.push(invalid(at, '', 'may not have more than one field specified at a time'));
  }
}

function validateKeyRef(
  { name = '', key = '' }: { readonly name?: string; readonly key?: string },
  at: Path,
  errors: FieldError[],
): void {
  addInvalidIn(errors, at, 'name', name, dns1123Subdomain(name));
  if (key === '') errors.push(required(at.child('key')));
  else addInvalidIn(errors, at, 'key', key, configMapKey(key));
}

/** Checks a container's `envFrom`. */
export function validateEnvFrom(
  sources: readonly EnvFromSource[],
  at: Path,
  errors: FieldError[],
): void {
  for (const [index, source] of sources.entries()) {
    const sourceAt = at.index(index);
    if (source.prefix) checkEnvName(errors, sourceAt, 'prefix', source.prefix);
    let found = 0;
    for (const name of ['configMapRef', 'secretRef'] as const) {
      const ref = source[name];
      if (ref === undefined) continue;
      found += 1;
      validateSourceName(ref.name ?? '', sourceAt.child(name, 'name'), errors);
    }
    if (found === 0) {
      errors.push(invalid(at, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (found > 1) {
      errors.push(invalid(at, '', 'may not have more than one field specified at a time'));
    }
  }
}

function validateSourceName(name: string, at: Path, errors: FieldError[]): void {
  if (name === '') errors.push(required(at));
  // Upstream checks this name as a prefix: a dash at its end is let pass.
  else addInvalid(errors, at, name, dns1123Subdomain(name.replace(/(?<=.)-$/, 'a')));
}
