import { expect, it } from 'vitest';
import { silentLog } from '../base/log.ts';
import { type ContainerStatus, type Runtime, RuntimeError, type SandboxStatus } from './runtime.ts';
import { RuntimeCache } from './runtime-cache.ts';

const identity = { uid: 'u', name: 'p', namespace: 'ns' };

function sandbox(id: string): SandboxStatus {
  const labels = {
    'io.kubernetes.pod.uid': 'u',
    'io.kubernetes.pod.name': 'p',
    'io.kubernetes.pod.namespace': 'ns',
  };
  return {
    id,
    ...identity,
    attempt: 0,
    ready: true,
    createdAt: 0,
    labels,
    annotations: {},
    ips: [],
  };
}

function cacheOf(parts: Partial<Runtime>) {
  const changed: string[] = [];
  const missing = () => Promise.reject(new RuntimeError('notFound', 'not found'));
  const runtime = {
    containerStatus: missing,
    sandboxStatus: missing,
    listContainers: async () => [],
    listSandboxes: async () => [],
    ...parts,
  } as unknown as Runtime;
  return { cache: new RuntimeCache(runtime, silentLog, (uid) => changed.push(uid)), changed };
}

it('an event of a sandbox that is just being learnt does not lose it', async () => {
  let answer: (status: SandboxStatus) => void = () => {};
  const sandboxStatus = () =>
    new Promise<SandboxStatus>((resolve) => {
      answer = resolve;
    });
  const { cache, changed } = cacheOf({ sandboxStatus });
  const learnt = cache.learn(identity, 's', 'sandbox');
  const taken = cache.take({ type: 'started', id: 's' });
  answer(sandbox('s'));
  await new Promise(setImmediate);
  answer(sandbox('s'));
  await Promise.all([learnt, taken]);
  expect(cache.get('u').sandboxes.map(({ id }) => id)).toEqual(['s']);
  expect(changed).toEqual(['u']);
});

it('a start that its starter looks at is looked at once', async () => {
  let looks = 0;
  const container = { id: 'c', name: 'web', attempt: 0, createdAt: 0, state: 'running' };
  const { cache, changed } = cacheOf({
    containerStatus: async () => {
      looks++;
      return container as ContainerStatus;
    },
  });
  cache.expectStart(identity, 'c');
  await cache.take({ type: 'started', id: 'c' });
  expect([looks, changed]).toEqual([0, []]);
  await cache.refresh('c');
  await cache.take({ type: 'started', id: 'c' });
  expect([looks, changed]).toEqual([1, []]);
  await cache.take({ type: 'exited', id: 'c' });
  expect([looks, changed]).toEqual([2, ['u']]);
});

it('events of what no pod of this node owns are passed over', async () => {
  const { cache, changed } = cacheOf({});
  await cache.take({ type: 'exited', id: 'other' });
  expect(changed).toEqual([]);
});

it('a relist finds what appeared and what went, and tells of both', async () => {
  let present = [sandbox('s')];
  const { cache, changed } = cacheOf({
    listSandboxes: async () => present,
    sandboxStatus: async (id) => {
      const found = present.find((candidate) => candidate.id === id);
      if (found === undefined) throw new RuntimeError('notFound', 'not found');
      return found;
    },
  });
  await cache.take({ type: 'lost', id: '' });
  expect(cache.identities()).toEqual([identity]);
  await cache.relist();
  expect(changed).toEqual(['u']);
  present = [];
  await cache.relist();
  expect(cache.identities()).toEqual([]);
  expect(changed).toEqual(['u', 'u']);
});
