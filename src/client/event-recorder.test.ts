import { expect, test } from 'vitest';
import { ADMIN, TestServer } from '../apiserver/testing/test-server.ts';
import { silentLog } from '../base/log.ts';
import { kinds } from '../objects/kinds.ts';
import { Client } from './client.ts';
import { EventRecorder } from './event-recorder.ts';
import { events } from './resources.ts';

test('two components tell of one object in the same millisecond', async () => {
  const server = new TestServer(kinds);
  await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } });
  const client = new Client(server.server.handler, ADMIN);
  const target = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' } };
  for (const component of ['one', 'two', 'three']) {
    const recorder = new EventRecorder(client, server.clock, silentLog, { component });
    recorder.record(target, 'Normal', 'Told', `by ${component}`);
  }
  await server.clock.advance(0);
  const { items } = await client.list(events, { namespace: 'default' });
  expect(items.map(({ message }) => message).sort()).toEqual(['by one', 'by three', 'by two']);
});
