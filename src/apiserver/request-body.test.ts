import { describe, expect, it } from 'vitest';
import { parseYaml, readObjectBody } from './request-body.ts';

/** Each line stands for nine times the one before. */
const BILLION = [...'abcdefghij']
  .map((name, index, all) => {
    const values = Array(9).fill(index === 0 ? 'x' : `*${all[index - 1]}`);
    return `${name}: &${name} [${values}]`;
  })
  .join('\n');

function read(yaml: string) {
  const bytes = new TextEncoder().encode(yaml);
  return readObjectBody({ type: 'bytes', contentType: 'application/yaml', bytes }, parseYaml);
}

describe('readObjectBody', () => {
  it.each([
    ['plain YAML', 'a: 1\nb: [x, 2026-01-01]\n', '{"a":1,"b":["x","2026-01-01"]}'],
    ['an alias', 'a: &a [x]\nb: *a\n', '{"a":["x"],"b":["x"]}'],
    ['one long value', `a: ${'x'.repeat(1_000_000)}`, `{"a":"${'x'.repeat(1_000_000)}"}`],
  ])('reads %s', async (_name, yaml, text) => {
    expect(await read(yaml)).toEqual({ text });
  });

  it.each([
    ['aliases of aliases', BILLION],
    ['an alias to itself', 'a: &a [*a]\n'],
    ['a long value many times', `a: &a ${'x'.repeat(100_000)}\nb: [${Array(500).fill('*a')}]\n`],
  ])('refuses %s', async (_name, yaml) => {
    await expect(read(yaml)).rejects.toMatchObject({
      reason: 'BadRequest',
      message: 'error converting YAML to JSON: yaml: document contains excessive aliasing',
    });
  });
});
