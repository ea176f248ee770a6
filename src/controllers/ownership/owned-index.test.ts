import { afterEach, beforeEach, expect, test } from 'vitest';
import { ADMIN, configMap, TestServer } from '../../apiserver/testing/test-server.ts';
import { silentLog } from '../../base/log.ts';
import { Client } from '../../client/client.ts';
import { Informer } from '../../client/informer.ts';
import { configMaps } from '../../client/resources.ts';
import type { ConfigMap } from '../../generated/types.ts';
import { OwnedIndex } from './owned-index.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const OWNER = { metadata: { namespace: 'default', uid: 'me' } };

let server: TestServer;
let index: OwnedIndex<ConfigMap>;
const stop = new AbortController();
let running: Promise<void>;

beforeEach(async () => {
  server = new TestServer();
  await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } });
  const client = new Client(server.server.handler, ADMIN);
  const informer = new Informer<ConfigMap>(client, server.clock, silentLog, configMaps);
  index = new OwnedIndex(informer);
  running = informer.run(stop.signal);
});

afterEach(async () => {
  stop.abort();
  await running;
});

function ownedBy(uid: string): object {
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid, controller: true };
  return { ownerReferences: [owner] };
}

test('objects move with the controller that they name', async () => {
  const names = async () => {
    await server.clock.advance(0);
    const nameOf = ({ metadata }: ConfigMap) => metadata.name;
    return [index.candidatesOf(OWNER).map(nameOf), index.ownedBy('me').map(nameOf)];
  };
  await server.call('POST', MAPS, configMap('mine', 'v', ownedBy('me')));
  await server.call('POST', MAPS, configMap('other', 'v', ownedBy('other')));
  await server.call('POST', MAPS, configMap('orphan'));
  expect(await names()).toEqual([['mine', 'orphan'], ['mine']]);
  const contentType = 'application/merge-patch+json';
  const patch = { metadata: ownedBy('me') };
  await server.call('PATCH', `${MAPS}/other`, patch, { contentType });
  expect(await names()).toEqual([
    ['mine', 'other', 'orphan'],
    ['mine', 'other'],
  ]);
  await server.call('DELETE', `${MAPS}/mine`);
  const released = { metadata: { ownerReferences: null } };
  await server.call('PATCH', `${MAPS}/other`, released, { contentType });
  expect(await names()).toEqual([['orphan', 'other'], []]);
});
