import { describe, expect, test } from 'vitest';
import type { PodSpec } from '../../../generated/types.ts';
import { formatQuantity } from '../../quantity.ts';
import { qosClass } from './qos.ts';
import { type Amounts, podLimits, podRequests } from './resources.ts';

type Resources = { requests?: Record<string, string>; limits?: Record<string, string> };

function spec(containers: Resources[], init: object[] = [], more: object = {}): PodSpec {
  return {
    containers: containers.map((resources, index) => ({ name: `c${index}`, resources })),
    initContainers: init.map((fields, index) => ({ name: `i${index}`, ...fields })),
    ...more,
  } as PodSpec;
}

const both = { cpu: '1', memory: '1Gi' };

describe('qosClass', () => {
  test.each([
    ['nothing set', spec([{}]), 'BestEffort'],
    ['zeros only', spec([{ requests: { cpu: '0' } }]), 'BestEffort'],
    ['other resources only', spec([{ limits: { 'example.com/gpu': '1' } }]), 'BestEffort'],
    ['limits and equal requests', spec([{ requests: both, limits: both }]), 'Guaranteed'],
    [
      'the same amounts in other words',
      spec([{ requests: { cpu: '1000m', memory: '1024Mi' }, limits: both }]),
      'Guaranteed',
    ],
    ['requests alone', spec([{ requests: both }]), 'Burstable'],
    ['one limit missing', spec([{ requests: both, limits: { cpu: '1' } }]), 'Burstable'],
    [
      'lower requests',
      spec([{ requests: { cpu: '1', memory: '1Mi' }, limits: both }]),
      'Burstable',
    ],
    ['one container without', spec([{ requests: both, limits: both }, {}]), 'Burstable'],
    ['init container without', spec([{ requests: both, limits: both }], [{}]), 'Burstable'],
    ['whole pod', spec([{}], [], { resources: { requests: both, limits: both } }), 'Guaranteed'],
    ['whole pod, requests', spec([{}], [], { resources: { requests: both } }), 'Burstable'],
  ])('%s', (_, podSpec, expected) => {
    expect(qosClass(podSpec)).toBe(expected);
  });
});

function texts(amounts: Amounts): Record<string, string> {
  return Object.fromEntries(
    [...amounts].map(([name, quantity]) => [name, formatQuantity(quantity)]),
  );
}

describe('podRequests and podLimits', () => {
  const cpu = (amount: string) => ({
    resources: { requests: { cpu: amount }, limits: { cpu: amount } },
  });
  const sidecar = (amount: string) => ({ ...cpu(amount), restartPolicy: 'Always' });

  test.each([
    ['containers add up', spec([cpu('100m').resources, cpu('200m').resources]), '300m'],
    ['a big init container', spec([cpu('100m').resources], [cpu('1')]), '1'],
    ['a small init container', spec([cpu('2').resources], [cpu('1')]), '2'],
    ['sidecars add up', spec([cpu('100m').resources], [sidecar('100m')]), '200m'],
    [
      'an init container after a sidecar',
      spec([cpu('100m').resources], [sidecar('100m'), cpu('1')]),
      '1100m',
    ],
    [
      'an init container before a sidecar',
      spec([cpu('100m').resources], [cpu('1'), sidecar('100m')]),
      '1',
    ],
    ['overhead', spec([cpu('100m').resources], [], { overhead: { cpu: '50m' } }), '150m'],
    ['whole pod', spec([cpu('100m').resources], [], { resources: cpu('3').resources }), '3'],
  ])('%s', (_, podSpec, expected) => {
    expect(texts(podRequests(podSpec))).toEqual({ cpu: expected });
    expect(texts(podLimits(podSpec))).toEqual({ cpu: expected });
  });
});
