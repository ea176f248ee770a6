import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../generated/types.ts';
import { placedRequests } from './resources.ts';

/** CPU requests: asked for, allocated and set. */
function cpu(asked: string, allocated?: string, set?: string, reason?: string): number {
  const status = {
    name: 'c',
    ...(allocated === undefined ? {} : { allocatedResources: { cpu: allocated } }),
    ...(set === undefined ? {} : { resources: { requests: { cpu: set } } }),
  };
  const conditions = reason === undefined ? [] : [{ type: 'PodResizePending', reason }];
  const pod = {
    spec: { containers: [{ name: 'c', resources: { requests: { cpu: asked } } }] },
    status: { containerStatuses: [status], conditions },
  };
  return Number(placedRequests(pod as unknown as Pod).get('cpu')?.nanos) / 1e9;
}

describe('placedRequests', () => {
  it.each([
    ['what is asked for, of a pod that is new', cpu('1'), 1],
    ['what is asked for while it grows', cpu('3', '1', '1'), 3],
    ['what is set while it shrinks', cpu('1', '1', '2'), 2],
    ['what is allocated until it is set', cpu('1', '2', '1'), 2],
    ['what was given, of one that asks for what cannot be', cpu('9', '1', '1', 'Infeasible'), 1],
    ['what is asked for while it waits', cpu('9', '1', '1', 'Deferred'), 9],
  ])('counts %s', (_, found, expected) => {
    expect(found).toBe(expected);
  });
});
