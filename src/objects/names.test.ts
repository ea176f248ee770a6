import { describe, expect, test } from 'vitest';
import { cidr, ipAddress, parseCidr, parseIp } from './ip.ts';
import * as names from './names.ts';

type Check = (value: string) => string[];

describe('good values', () => {
  const cases: [string, Check, string[]][] = [
    ['dns1123Label', names.dns1123Label, ['a', '1', 'a-b', 'x'.repeat(63)]],
    ['dns1123Subdomain', names.dns1123Subdomain, ['a', 'a.b', '1.2-3', 'x'.repeat(253)]],
    ['dns1035Label', names.dns1035Label, ['a', 'a1', 'a-1']],
    ['qualifiedName', names.qualifiedName, ['a', 'A_b.c', 'example.com/A', 'x'.repeat(63)]],
    ['labelValue', names.labelValue, ['', 'a', 'A_b.c', '1']],
    ['configMapKey', names.configMapKey, ['a', '.a', 'A_b-c.d']],
    ['envVarName', names.envVarName, ['A', '1a', 'a b', 'ü'.normalize('NFD').slice(0, 1)]],
    ['portName', names.portName, ['http', 'a-1']],
    [
      'ipAddress',
      ipAddress,
      ['1.2.3.4', '::', '::1', 'fe80::1', '1::2:3.4.5.6', '1:2:3:4:5:6:7:8'],
    ],
    ['cidr', cidr, ['10.0.0.0/8', '10.1.2.3/8', '::/0', 'fd00::/64']],
    ['percent', names.percent, ['0%', '110%']],
  ];
  for (const [name, check, values] of cases)
    test.each(values)(`${name}: %j`, (value) => expect(check(value)).toEqual([]));
});

describe('bad values', () => {
  const subdomain =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
  const qualified =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  const cases: [string, Check, string, string[]][] = [
    ['upper case', names.dns1123Subdomain, 'A', [subdomain]],
    ['too long', names.dns1123Subdomain, 'x'.repeat(254), ['must be no more than 253 bytes']],
    ['dots in a label', names.dns1123Label, 'a.b', ['must not contain dots']],
    [
      'label',
      names.dns1123Label,
      '-a',
      [
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ],
    ],
    [
      'empty name part',
      names.qualifiedName,
      'a/',
      ['name part must be non-empty', `name part ${qualified}`],
    ],
    ['empty prefix', names.qualifiedName, '/a', ['prefix part must be non-empty']],
    ['bad prefix', names.qualifiedName, 'A/a', [`prefix part ${subdomain}`]],
    [
      'two slashes',
      names.qualifiedName,
      'a/b/c',
      [
        `a qualified name ${qualified} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
      ],
    ],
    ['parent folder', names.configMapKey, '..', ["must not be '..'"]],
    ['parent folder prefix', names.configMapKey, '..a', ["must not start with '..'"]],
    [
      'env with equals',
      names.envVarName,
      'a=b',
      [
        "a valid environment variable name must consist only of printable ASCII characters other than '='",
      ],
    ],
    ['port without letter', names.portName, '80', ['must contain at least one letter (a-z)']],
    [
      'port of hyphens',
      names.portName,
      '-a--b',
      ['must not contain consecutive hyphens', 'must not begin or end with a hyphen'],
    ],
    [
      'ip',
      ipAddress,
      '01.2.3.4',
      ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
    ],
    ['ip', ipAddress, '1::2::3', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
    [
      'cidr',
      cidr,
      '1.2.3.4/33',
      ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
    ],
  ];
  test.each(cases)('%s', (_, check, value, expected) => expect(check(value)).toEqual(expected));
});

test('parseIp, parseCidr: values', () => {
  expect(parseIp('10.0.0.1')).toEqual({ family: 4, value: 0x0a000001n });
  expect(parseIp('::ffff')).toEqual({ family: 6, value: 0xffffn });
  expect(parseCidr('10.1.2.3/8')).toEqual({ family: 4, value: 0x0a000000n, prefixBits: 8 });
});
