import { beforeEach, expect, test } from 'vitest';
import { ADMIN, TestServer } from '../../apiserver/testing/test-server.ts';
import { Client } from '../../client/client.ts';
import { configMaps, namespaces } from '../../client/resources.ts';
import type { ConfigMap } from '../../generated/types.ts';
import { selectorFromMap } from '../../objects/labels.ts';
import type { OwnerReference } from '../../objects/meta.ts';
import { claimObjects } from './claim-objects.ts';

let client: Client;
let owner: ConfigMap;

beforeEach(async () => {
  client = new Client(new TestServer().server.handler, ADMIN);
  const metadata = { name: 'default' };
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata, spec: {} });
  owner = await make('owner');
});

function make(name: string, metadata: ConfigMap['metadata'] = {}): Promise<ConfigMap> {
  const where = { name, namespace: 'default' };
  return client.create(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...where, ...metadata },
  });
}

async function claim(...candidates: ConfigMap[]): Promise<string[]> {
  const claimed = await claimObjects(
    {
      client,
      owner,
      ownerResource: configMaps,
      selector: selectorFromMap({ app: 'web' }),
      resource: configMaps,
    },
    candidates,
  );
  return claimed.map(({ metadata }) => metadata.name ?? '');
}

function mine({ metadata: { uid = '', name = '' } } = owner): OwnerReference {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

async function ownersOf(name: string): Promise<OwnerReference[] | undefined> {
  const { metadata } = await client.get(configMaps, name, 'default');
  return metadata.ownerReferences as OwnerReference[] | undefined;
}

const FITS = { labels: { app: 'web' } };

test('an orphan that fits is adopted, beside the owners that it has', async () => {
  const other = { ...mine(await make('other')), controller: false };
  const orphan = await make('orphan', { ...FITS, ownerReferences: [other] });
  expect(await claim(orphan)).toEqual(['orphan']);
  expect(await ownersOf('orphan')).toEqual([mine(), other]);
});

test('what no longer fits is let go, and keeps its other owners', async () => {
  const other = { ...mine(await make('other')), controller: false };
  const lost = await make('lost', { ownerReferences: [mine(), other] });
  const kept = await make('kept', { ...FITS, ownerReferences: [mine()] });
  expect(await claim(lost, kept)).toEqual(['kept']);
  expect(await ownersOf('lost')).toEqual([other]);
});

test('what is gone is passed over, and so is what was let go already', async () => {
  const gone = await make('gone', FITS);
  const lost = await make('lost', { ownerReferences: [mine()] });
  await client.delete(configMaps, 'gone', 'default');
  await claim(lost);
  expect(await claim(gone, lost, await make('here', FITS))).toEqual(['here']);
  expect(await ownersOf('lost')).toBeUndefined();
});

test('an orphan whose name another has got is not adopted; the others are', async () => {
  const old = await make('one', FITS);
  await client.delete(configMaps, 'one', 'default');
  await make('one', FITS);
  await expect(claim(old, await make('two', FITS))).rejects.toThrow('Precondition failed: UID');
  expect(await ownersOf('one')).toBeUndefined();
  expect(await ownersOf('two')).toEqual([mine()]);
});

test('an object whose controller was faster is refused', async () => {
  const orphan = await make('orphan', FITS);
  const first = await make('first');
  const patch = { metadata: { ownerReferences: [mine(first)] } };
  await client.patch(configMaps, { name: 'orphan', namespace: 'default' }, 'merge', patch);
  await expect(claim(orphan)).rejects.toThrow('Only one reference can have Controller set to true');
});

test('an owner that was deleted meanwhile adopts nothing', async () => {
  const finalizers = ['example.com/hold'];
  owner = await make('held', { finalizers });
  await client.delete(configMaps, 'held', 'default');
  const orphans = [await make('a', FITS), await make('b', FITS)];
  const refusal = (name: string, uid = '') =>
    `can't adopt ConfigMap default/${name} (${uid}): default/held has just been deleted at `;
  const error: Error = await claim(...orphans).catch((error) => error);
  for (const { metadata } of orphans) {
    expect(error.message).toContain(refusal(metadata.name ?? '', metadata.uid));
  }
  expect(await ownersOf('a')).toBeUndefined();
});

test('an owner whose name another has got adopts nothing', async () => {
  await client.delete(configMaps, 'owner', 'default');
  const { metadata } = await make('owner');
  await expect(claim(await make('a', FITS))).rejects.toThrow(
    `can't recheck DeletionTimestamp: original ConfigMap default/owner is gone: ` +
      `got uid ${metadata.uid}, wanted ${owner.metadata.uid}`,
  );
});
