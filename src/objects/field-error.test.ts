import { describe, expect, test } from 'vitest';
import {
  causeReason,
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  invalidObject,
  message,
  notFound,
  notSupported,
  Path,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from './field-error.ts';

const spec = Path.of('spec');

describe('message', () => {
  const cases: [FieldError, string][] = [
    [
      required(spec.child('containers').index(0).child('image')),
      'spec.containers[0].image: Required value',
    ],
    [required(spec, 'must be set'), 'spec: Required value: must be set'],
    [invalid('metadata.name', 'A', 'be small'), 'metadata.name: Invalid value: "A": be small'],
    [invalid('a', -1, 'x'), 'a: Invalid value: -1: x'],
    [invalid('a', null, 'x'), 'a: Invalid value: null: x'],
    [invalid('a', { b: '<' }, 'x'), 'a: Invalid value: {"b":"\\u003c"}: x'],
    [invalid('a', 'q"\n\u0001é', 'x'), 'a: Invalid value: "q\\"\\n\\x01é": x'],
    [
      notSupported('spec.restartPolicy', 'x', ['Always', 'Never', 'OnFailure']),
      'spec.restartPolicy: Unsupported value: "x": supported values: "Always", "Never", "OnFailure"',
    ],
    [forbidden('a', 'may not'), 'a: Forbidden: may not'],
    [duplicate(spec.child('env').key('K'), 'v'), 'spec.env[K]: Duplicate value: "v"'],
    [notFound('a', 'v'), 'a: Not found: "v"'],
    [tooLong('a', 1), 'a: Too long: may not be more than 1 byte'],
    [tooMany('a', 3, 2), 'a: Too many: 3: must have at most 2 items'],
    [tooMany('a', -1, 1), 'a: Too many: must have at most 1 item'],
    [typeInvalid('a', 'v', 'x'), 'a: Invalid value: "v": x'],
  ];
  test.each(cases)('%o', (error, expected) => expect(message(error)).toBe(expected));
});

test('causeReason: as metav1.CauseType', () => {
  expect(causeReason(required('a'))).toBe('FieldValueRequired');
  expect(causeReason(notSupported('a', 'b', []))).toBe('FieldValueNotSupported');
});

test('invalidObject: names the kind with its group, joins messages without doubles', () => {
  const kind = { group: 'apps', kind: 'Deployment' };
  const error = invalidObject(kind, 'web', [required('a'), required('b'), required('a')]);
  expect(error.message).toBe(
    'Deployment.apps "web" is invalid: [a: Required value, b: Required value]',
  );
  expect(error.toStatus()).toMatchObject({
    code: 422,
    details: { name: 'web', group: 'apps', kind: 'Deployment' },
  });
  expect(error.details?.causes?.[0]).toEqual({
    reason: 'FieldValueRequired',
    message: 'Required value',
    field: 'a',
  });
});
