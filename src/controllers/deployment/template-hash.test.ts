import { expect, it } from 'vitest';
import { sortSets } from './replica-sets.ts';
import { equalTemplates, HASH_LABEL, templateHash } from './template-hash.ts';
import { templateOf, testDeployment, testSet } from './testing/test-deployment.ts';

it('a hash is the same for the same pods, and another for others or after a collision', () => {
  const { metadata, spec } = templateOf('web:1');
  const hash = templateHash({ metadata, spec }, undefined);
  expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]+$/);
  expect(templateHash({ spec, metadata }, undefined)).toBe(hash);
  expect(templateHash(templateOf('web:2'), undefined)).not.toBe(hash);
  expect(templateHash({ metadata, spec }, 1)).not.toBe(hash);
});

it('templates are equal whatever their hashes', () => {
  const { spec, metadata } = templateOf('web:1');
  const labels = { ...metadata?.labels, [HASH_LABEL]: 'x' };
  expect(equalTemplates({ spec, metadata: { labels } }, { spec, metadata })).toBe(true);
  expect(equalTemplates({ spec, metadata: { labels: { a: 'b' } } }, { spec, metadata })).toBe(
    false,
  );
  expect(equalTemplates({ spec }, { spec, metadata: { labels: {} } })).toBe(true);
});

it('sortSets: the oldest set with the template is the current one', () => {
  const sets = ['c', 'b', 'a'].map((name, index) => ({
    ...testSet(name, 1, 1, {}, 10 - index),
    spec: { selector: {}, template: templateOf(name === 'a' ? 'web:0' : 'web:1') },
  }));
  const { current, old } = sortSets(testDeployment(), sets);
  expect(current?.metadata.name).toBe('b');
  expect(old.map(({ metadata }) => metadata.name)).toEqual(['a', 'c']);
});
