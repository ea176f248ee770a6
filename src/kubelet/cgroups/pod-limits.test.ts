import { describe, expect, it } from 'vitest';
import type { Container, Pod, PodSpec } from '../../generated/types.ts';
import { podCgroupLimits } from './pod-limits.ts';

const container = (requests: object = {}, limits: object = {}, more: object = {}) =>
  ({ name: 'c', resources: { requests, limits }, ...more }) as Container;

function limitsOf(containers: Container[], more: Partial<PodSpec> = {}) {
  const pod = { metadata: { uid: 'u' }, spec: { containers, ...more } } as Pod;
  return podCgroupLimits(pod);
}

const MIB = 2 ** 20;

describe('podCgroupLimits', () => {
  it('leaves a best-effort pod the least share', () => {
    expect(limitsOf([container()])).toEqual({ cpuShares: 2 });
  });

  it('limits a guaranteed pod to the sum', () => {
    const amounts = { cpu: '250m', memory: '64Mi' };
    expect(limitsOf([container(amounts, amounts), container(amounts, amounts)])).toEqual({
      cpuShares: 512,
      cpuQuotaUs: 50_000,
      cpuPeriodUs: 100_000,
      memoryLimitBytes: 128 * MIB,
    });
  });

  it('limits a burstable pod only in what all containers are limited in', () => {
    const both = container({ cpu: '100m' }, { cpu: '200m', memory: '64Mi' });
    const cpuOnly = container({}, { cpu: '100m' });
    expect(limitsOf([both, cpuOnly])).toEqual({
      cpuShares: 102,
      cpuQuotaUs: 30_000,
      cpuPeriodUs: 100_000,
    });
  });

  it('counts an init container at its peak, and a sidecar beside the others', () => {
    const main = container({ cpu: '100m' }, { memory: '10Mi' });
    const init = container({ cpu: '500m' }, { memory: '50Mi' });
    const sidecar = container({ cpu: '100m' }, { memory: '5Mi' }, { restartPolicy: 'Always' });
    expect(limitsOf([main], { initContainers: [init] })).toEqual({
      cpuShares: 512,
      memoryLimitBytes: 50 * MIB,
    });
    expect(limitsOf([main], { initContainers: [sidecar] })).toEqual({
      cpuShares: 204,
      memoryLimitBytes: 15 * MIB,
    });
    const ephemeralContainers = [{ name: 'debug' }];
    expect(limitsOf([main], { ephemeralContainers })).toMatchObject({
      memoryLimitBytes: 10 * MIB,
    });
    // An init container without limit may take what there is.
    expect(limitsOf([main], { initContainers: [container()] })).toEqual({ cpuShares: 102 });
  });

  it('takes the resources of the whole pod where they are given', () => {
    const resources = { requests: { cpu: '1' }, limits: { cpu: '2', memory: '1Gi' } };
    expect(limitsOf([container(), container({ cpu: '100m' })], { resources })).toEqual({
      cpuShares: 1024,
      cpuQuotaUs: 200_000,
      cpuPeriodUs: 100_000,
      memoryLimitBytes: 1024 * MIB,
    });
  });
});
