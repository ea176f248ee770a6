import { describe, expect, it } from 'vitest';
import { kinds } from '../../objects/kinds.ts';
import { TestServer } from '../testing/test-server.ts';

const PODS = '/api/v1/namespaces/default/pods';
const TARGET = { target: { kind: 'Node', name: 'n1' } };

async function withPod(): Promise<TestServer> {
  const server = new TestServer(kinds);
  const spec = { containers: [{ name: 'c', image: 'i' }] };
  await server.call('POST', PODS, { metadata: { name: 'p' }, spec });
  return server;
}

describe('binding', () => {
  it('places a pod, which stays of its generation', async () => {
    const server = await withPod();
    const url = `${PODS}/p/binding`;
    const { status, value } = await server.call('POST', url, {
      metadata: { name: 'p' },
      ...TARGET,
    });
    expect([status, value.status]).toEqual([201, 'Success']);
    const pod = await server.call('GET', `${PODS}/p`);
    expect([pod.value.spec.nodeName, pod.value.metadata.generation]).toEqual(['n1', 1]);
  });

  const refusals: [string, string, object, number, RegExp][] = [
    [
      'another name',
      `${PODS}/p/binding`,
      { metadata: { name: 'q' }, ...TARGET },
      400,
      /^name in URL does not match name in Binding object$/,
    ],
    [
      'another kind',
      `${PODS}/p/binding`,
      { kind: 'Pod', metadata: { name: 'p' } },
      400,
      /cannot be handled as a Binding/,
    ],
    ['no target', `${PODS}/p/binding`, { metadata: { name: 'p' } }, 422, /target.name: Required/],
    [
      'a pod that is not there',
      `${PODS}/q/binding`,
      { metadata: { name: 'q' }, ...TARGET },
      404,
      /^pods "q" not found$/,
    ],
  ];
  it.each(refusals)('is refused with %s', async (_name, url, body, status, message) => {
    const answer = await (await withPod()).call('POST', url, body);
    expect(answer.value.message).toMatch(message);
    expect(answer.status).toBe(status);
  });

  it('is refused for a pod that has a node', async () => {
    const server = await withPod();
    const body = { metadata: { name: 'p' }, ...TARGET };
    await server.call('POST', `${PODS}/p/binding`, body);
    const again = await server.call('POST', `${PODS}/p/binding`, body);
    expect([again.status, again.value.reason]).toEqual([409, 'Conflict']);
  });
});
