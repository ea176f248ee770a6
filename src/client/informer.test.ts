import { expect, it } from 'vitest';
import { silentLog } from '../base/log.ts';
import { hostClock } from '../host/clock.ts';
import { Client } from './client.ts';
import { Informer } from './informer.ts';
import { pods } from './resources.ts';

it('Informer, aborted before its first list came, lets those go who wait for that', async () => {
  const unreachable = () => Promise.reject(new Error('the API does not answer'));
  const client = new Client(unreachable, { name: 'test', groups: [] });
  const informer = new Informer(client, hostClock, silentLog, pods);
  const stop = new AbortController();
  const running = informer.run(stop.signal);
  const synced = informer.whenSynced();
  stop.abort();
  await Promise.all([running, synced]);
  expect(informer.synced).toBe(false);
});
