import { describe, expect, it } from 'vitest';
import { configMapKind } from '../../objects/core/config-map.ts';
import { namespaceKind } from '../../objects/core/namespace.ts';
import { message } from '../../objects/field-error.ts';
import type { ObjectMeta } from '../../objects/meta.ts';
import { validateChangedMetadata, validateNewMetadata } from './validate.ts';

const OWNER = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u' };

function object(metadata: ObjectMeta) {
  const whole = { name: 'a', namespace: 'default', ...metadata };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: whole };
}

describe('validateNewMetadata', () => {
  const cases: [string, ObjectMeta, string[]][] = [
    ['a plain one', {}, []],
    ['a good owner', { ownerReferences: [{ ...OWNER, controller: true }] }, []],
    ['a prefix with a dash', { generateName: 'web-' }, []],
    ['a qualified finalizer', { finalizers: ['example.com/a', 'orphan'] }, []],
    [
      'an owner without uid',
      { ownerReferences: [{ ...OWNER, uid: '' }] },
      ['metadata.ownerReferences.uid: Invalid value: "": uid must not be empty'],
    ],
    [
      'an owner without version',
      { ownerReferences: [{ ...OWNER, apiVersion: '' }] },
      ['metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty'],
    ],
    [
      'two ways to delete',
      { finalizers: ['orphan', 'foregroundDeletion'] },
      [
        'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
      ],
    ],
    ['no namespace', { namespace: '' }, ['metadata.namespace: Required value']],
  ];
  it.each(cases)('%s', (_name, metadata, expected) => {
    expect(validateNewMetadata(object(metadata), configMapKind).map(message)).toEqual(expected);
  });

  it('two controllers', () => {
    const owners = [
      { ...OWNER, controller: true },
      { ...OWNER, name: 's', uid: 'v', controller: true },
    ];
    const [error] = validateNewMetadata(object({ ownerReferences: owners }), configMapKind);
    expect(error?.detail).toBe(
      'Only one reference can have Controller set to true. Found "true" in references for ReplicaSet/r and ReplicaSet/s',
    );
  });

  it('a namespace where there can be none', () => {
    const errors = validateNewMetadata(object({}), namespaceKind).map(message);
    expect(errors).toEqual(['metadata.namespace: Forbidden: not allowed on this type']);
  });
});

describe('validateChangedMetadata', () => {
  const old = object({ uid: 'u', labels: { 'not valid any more!': 'x' } });

  it('lets be what was there before', () => {
    expect(validateChangedMetadata(old, old, configMapKind)).toEqual([]);
  });

  it.each(['name', 'namespace', 'uid'] as const)('keeps %s', (field) => {
    const changed = { ...old, metadata: { ...old.metadata, [field]: 'other' } };
    const errors = validateChangedMetadata(changed, old, configMapKind).map(message);
    expect(errors).toEqual([`metadata.${field}: Invalid value: "other": field is immutable`]);
  });
});
