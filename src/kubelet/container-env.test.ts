import { expect, it } from 'vitest';
import type { Container, Pod } from '../generated/types.ts';
import { type ConfigSource, containerEnv } from './container-env.ts';

const CONFIG: Record<string, Record<string, string>> = { cm: { HOST: 'db', 'a.b': '1' } };
const SECRETS: Record<string, Record<string, string>> = { s: { PASSWORD: btoa('x$(HOST)') } };
const SERVICES = new Map([
  ['DB_SERVICE_HOST', '10.0.0.1'],
  ['OTHER', 'service'],
]);
const PLACE = {
  podIps: ['10.42.0.2'],
  hostIps: ['192.0.2.1', 'fd00::1'],
  nodeName: 'n',
  allocatable: { cpu: '4', memory: '1Gi' },
};

const source: ConfigSource = {
  configMap: async (_, name) =>
    CONFIG[name] ? { apiVersion: 'v1', kind: 'ConfigMap', metadata: {}, data: CONFIG[name] } : null,
  secret: async (_, name) =>
    SECRETS[name] ? { apiVersion: 'v1', kind: 'Secret', metadata: {}, data: SECRETS[name] } : null,
};

async function envOf(container: Partial<Container>): Promise<Record<string, string>> {
  const whole = { name: 'c', ...container };
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'ns', labels: { app: 'web' } },
    spec: { containers: [whole] },
  };
  return Object.fromEntries(await containerEnv(pod, whole, PLACE, SERVICES, source));
}

const cm = { configMapRef: { name: 'cm' } };
const fromCm = (key: string, optional = false) => {
  return { name: 'X', valueFrom: { configMapKeyRef: { name: 'cm', key, optional } } };
};

const values: [string, Partial<Container>, Record<string, string>][] = [
  [
    'whole ConfigMaps and Secrets, with and without prefix',
    { envFrom: [{ ...cm, prefix: 'CM_' }, { secretRef: { name: 's' } }] },
    { CM_HOST: 'db', 'CM_a.b': '1', PASSWORD: 'x$(HOST)' },
  ],
  [
    'nothing of optional ones that are not there',
    {
      envFrom: [
        { configMapRef: { name: 'no', optional: true } },
        { secretRef: { name: 'no', optional: true } },
      ],
    },
    {},
  ],
  [
    'its own over whole ones',
    { envFrom: [cm], env: [{ name: 'HOST', value: 'mine' }] },
    { HOST: 'mine', 'a.b': '1' },
  ],
  [
    'what an optional key does not replace',
    {
      envFrom: [{ configMapRef: { name: 'cm' }, prefix: '' }],
      env: [{ ...fromCm('no', true), name: 'HOST' }],
    },
    { HOST: 'db', 'a.b': '1' },
  ],
  [
    'references to whatever was set before, whole ConfigMaps too, and to services',
    {
      envFrom: [cm],
      env: [
        { name: 'URL', value: '$(HOST):$(DB_SERVICE_HOST)/$(URL)' },
        { name: 'LATER', value: '$(URL)!' },
      ],
    },
    { HOST: 'db', 'a.b': '1', URL: 'db:10.0.0.1/$(URL)', LATER: 'db:10.0.0.1/$(URL)!' },
  ],
  [
    'no references in what comes from elsewhere, nor where they are escaped',
    {
      env: [
        { name: 'A', value: '$$(HOST) $ $(' },
        { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'PASSWORD' } } },
      ],
    },
    { A: '$(HOST) $ $(', B: 'x$(HOST)' },
  ],
  [
    'addresses, labels and resources; a limit of nothing is what the node has',
    {
      resources: { limits: { cpu: '0', memory: '64Mi' } },
      env: [
        { name: 'IPS', valueFrom: { fieldRef: { fieldPath: 'status.hostIPs' } } },
        { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        {
          name: 'MEMORY',
          valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } },
        },
      ],
    },
    { IPS: '192.0.2.1,fd00::1', APP: 'web', CPU: '4', MEMORY: '64' },
  ],
  ['its own over services', { env: [{ name: 'OTHER', value: '' }] }, { OTHER: '' }],
];
it.each(values)('an environment has %s', async (_name, container, expected) => {
  const services = Object.fromEntries(SERVICES);
  expect(await envOf(container)).toEqual({ ...services, ...expected });
});

const missing: [string, Partial<Container>][] = [
  ['configmap "no" not found', { envFrom: [{ configMapRef: { name: 'no' } }] }],
  ['secret "no" not found', { envFrom: [{ secretRef: { name: 'no' } }] }],
  ["couldn't find key no in ConfigMap ns/cm", { env: [fromCm('no')] }],
];
it.each(missing)('a container is held back: %s', async (message, container) => {
  await expect(envOf(container)).rejects.toMatchObject({
    reason: 'CreateContainerConfigError',
    message,
  });
});
