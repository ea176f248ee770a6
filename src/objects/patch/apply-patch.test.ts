import { describe, expect, test } from 'vitest';
import { ApiError } from '../api-error.ts';
import { deepFreeze, type KubeObject } from '../meta.ts';
import { applyPatch, type PatchType } from './apply-patch.ts';

const POD = { group: '', version: 'v1', kind: 'Pod', schema: 'io.k8s.api.core.v1.Pod' };
const current: KubeObject = deepFreeze({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', labels: { x: 'y' } },
  spec: { containers: [{ name: 'c', image: 'i' }] },
});

function patch(type: PatchType, text: string, validation: 'Ignore' | 'Warn' | 'Strict' = 'Strict') {
  return applyPatch(POD, current, { type, body: { text } }, validation);
}

test('applyPatch: each type yields a decoded object', () => {
  expect(
    patch('json', '[{"op":"add","path":"/metadata/labels/a","value":"b"}]').object.metadata.labels,
  ).toEqual({ x: 'y', a: 'b' });
  expect(patch('merge', '{"metadata":{"labels":null}}').object.metadata.labels).toBeUndefined();
  expect(
    patch('strategic', '{"spec":{"containers":[{"name":"c","image":"j"}]}}').object.spec,
  ).toEqual({
    containers: [{ name: 'c', image: 'j', resources: {} }],
  });
});

test('applyPatch: warns of unknown and doubled fields', () => {
  expect(
    patch('merge', '{"spec":{"foo":1,"nodeName":"a","nodeName":"b"}}', 'Warn').warnings,
  ).toEqual(['duplicate field "spec.nodeName"', 'unknown field "spec.foo"']);
});

describe('applyPatch: refuses', () => {
  const cases: [string, PatchType, string, number, string][] = [
    ['bad JSON', 'merge', '{', 400, 'error decoding patch: '],
    ['no object', 'strategic', '[]', 400, 'error decoding patch: '],
    [
      'failed test',
      'json',
      '[{"op":"test","path":"/kind","value":"x"}]',
      422,
      'the server rejected our request due to an error in our request',
    ],
    [
      'too many operations',
      'json',
      `[${new Array(10_001).fill('{"op":"test","path":"/kind","value":"Pod"}').join()}]`,
      413,
      'The allowed maximum operations in a JSON patch is 10000, got 10001',
    ],
    [
      'unknown field',
      'merge',
      '{"spec":{"foo":1}}',
      422,
      'strict decoding error: unknown field "spec.foo"',
    ],
    [
      'wrong type',
      'merge',
      '{"spec":{"nodeName":1}}',
      422,
      'json: cannot unmarshal number into Go struct field PodSpec.spec.nodeName of type string',
    ],
  ];
  test.each(cases)('%s', (_, type, text, code, words) => {
    let error: unknown;
    try {
      patch(type, text);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(ApiError);
    expect((error as ApiError).code).toBe(code);
    expect((error as ApiError).message).toContain(words);
  });
});
