import { describe, expect, test } from 'vitest';
import { configMapKind } from './config-map.ts';
import { secretKind } from './secret.ts';
import { created, row, updated } from './written.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('ConfigMap', () => {
  test.each([
    ['a good one', { data: { 'a.b': '1' }, binaryData: { c: 'AAE=' } }, []],
    [
      'a bad key',
      { data: { 'a/b': '1' } },
      [
        "data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ],
    ],
    [
      'a key in both maps',
      { data: { a: '1' }, binaryData: { a: 'AAE=' } },
      ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
    ],
    [
      'more than 1 MiB',
      { data: { a: 'x'.repeat(1024 * 1024 + 1) } },
      ['[]: Too long: may not be more than 1048576 bytes'],
    ],
  ])('%s', (_name, fields, errors) => {
    expect(created(configMapKind, fields).errors).toEqual(errors);
  });

  test.each([
    ['nothing', {}, []],
    ['data', { data: { a: '2' } }, ['data: Forbidden: field is immutable when `immutable` is set']],
    [
      'binaryData',
      { binaryData: { b: 'AAE=' } },
      ['binaryData: Forbidden: field is immutable when `immutable` is set'],
    ],
    [
      'the mark',
      { immutable: false },
      ['immutable: Forbidden: field is immutable when `immutable` is set'],
    ],
  ])('immutable: a change of %s', (_name, change, errors) => {
    const before = { immutable: true, data: { a: '1' } };
    expect(updated(configMapKind, before, { ...before, ...change }).errors).toEqual(errors);
  });

  test('counts the keys of both maps', () => {
    const { object } = created(configMapKind, { data: { a: '1' }, binaryData: { b: 'AAE=' } });
    expect(row(configMapKind, object)).toMatchObject({ Name: 'x', Data: 2 });
  });
});

describe('Secret', () => {
  test('stringData overrides data and is not kept', () => {
    const fields = { data: { a: base64('old'), b: base64('kept') }, stringData: { a: 'né w' } };
    const { object, errors } = created(secretKind, fields);
    expect(errors).toEqual([]);
    expect(object).toMatchObject({
      type: 'Opaque',
      data: { a: base64('né w'), b: base64('kept') },
    });
    expect(object).not.toHaveProperty('stringData');
    expect(row(secretKind, object)).toMatchObject({ Type: 'Opaque', Data: 2 });
  });

  const redacted = 'Invalid value: "<secret contents redacted>": ';
  test.each([
    ['kubernetes.io/tls', {}, ['data[tls.crt]: Required value', 'data[tls.key]: Required value']],
    ['kubernetes.io/tls', { 'tls.crt': '', 'tls.key': '' }, []],
    ['kubernetes.io/basic-auth', { password: '' }, []],
    [
      'kubernetes.io/basic-auth',
      {},
      ['data[username]: Required value', 'data[password]: Required value'],
    ],
    ['kubernetes.io/ssh-auth', { 'ssh-privatekey': '' }, ['data[ssh-privatekey]: Required value']],
    ['kubernetes.io/dockercfg', { '.dockercfg': base64('{}') }, []],
    [
      'kubernetes.io/dockercfg',
      { '.dockercfg': base64('[]') },
      [
        `data[.dockercfg]: ${redacted}json: cannot unmarshal array into Go value of type map[string]interface {}`,
      ],
    ],
    [
      'kubernetes.io/dockerconfigjson',
      { '.dockerconfigjson': base64('nope') },
      [`data[.dockerconfigjson]: ${redacted}unexpected end of JSON input`],
    ],
    [
      'kubernetes.io/dockerconfigjson',
      { '.dockerconfigjson': base64('x') },
      [`data[.dockerconfigjson]: ${redacted}invalid character 'x' looking for beginning of value`],
    ],
    [
      'kubernetes.io/service-account-token',
      {},
      ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
    ],
    ['example.com/mine', { anything: '' }, []],
  ])('type %s with %j', (type, data, errors) => {
    expect(created(secretKind, { type, data }).errors).toEqual(errors);
  });

  test('type never changes', () => {
    const { errors } = updated(secretKind, { type: 'a/b' }, { type: 'Opaque' });
    expect(errors).toEqual(['type: Invalid value: "Opaque": field is immutable']);
  });
});
