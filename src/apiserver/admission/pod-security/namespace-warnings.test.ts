import { expect, it } from 'vitest';
import type { Pod } from '../../../generated/types.ts';
import { namespaceWarnings, PODS_MAX } from './namespace-warnings.ts';

const LEVEL = { level: 'baseline', version: 'latest' } as const;

function* pods(count: number): Iterable<Pod> {
  for (let i = 0; i < count; i++) {
    const spec = { containers: [{ name: 'c' }], hostPID: i === 1 };
    yield { metadata: { name: `p${i}` }, spec } as Pod;
  }
}

it('only so many pods are looked at', () => {
  const found = { pods: pods(PODS_MAX + 5), total: PODS_MAX + 5 };
  expect(namespaceWarnings('x', LEVEL, found, () => 0)[0]).toBe(
    'new PodSecurity enforce level only checked against the first 3000 of 3005 existing pods',
  );
});

it('and only for a second', () => {
  let now = 0;
  const clock = () => (now += 400);
  expect(namespaceWarnings('x', LEVEL, { pods: pods(2_000), total: 2_000 }, clock)).toEqual([
    'new PodSecurity enforce level only checked against the first 200 of 2000 existing pods',
    'existing pods in namespace "x" violate the new PodSecurity enforce level "baseline:latest"',
    'p1: host namespaces',
  ]);
});
