import { expect, it } from 'vitest';
import { fencepostsOf, maxReplicasOf, minAvailableOf } from './fenceposts.ts';
import { testDeployment } from './testing/test-deployment.ts';

type Amount = number | string;

it.each<[what: string, number, Amount, Amount, number, number]>([
  ['numbers', 10, 2, 3, 2, 3],
  ['surge rounds up, unavailable down', 10, '25%', '25%', 3, 2],
  ['one may go when both are nothing', 10, 0, 0, 0, 1],
  ['one may go when per cents come to nothing', 2, '0%', '25%', 0, 1],
  ['a surge is enough', 1, '25%', '25%', 1, 0],
  ['no more than all', 2, 0, 5, 0, 2],
  ['nothing of nothing', 0, 0, 0, 0, 0],
])('%s: %i with %s and %s', (_, replicas, maxSurge, maxUnavailable, surge, unavailable) => {
  const rollingUpdate = { maxSurge, maxUnavailable };
  const deployment = testDeployment({
    replicas,
    strategy: { type: 'RollingUpdate', rollingUpdate },
  });
  expect(fencepostsOf(deployment)).toEqual({ surge, unavailable });
  expect(maxReplicasOf(deployment)).toBe(replicas + surge);
  expect(minAvailableOf(deployment)).toBe(replicas - unavailable);
});

it('has none where pods are recreated', () => {
  const deployment = testDeployment({ strategy: { type: 'Recreate' } });
  expect(fencepostsOf(deployment)).toEqual({ surge: 0, unavailable: 0 });
});
