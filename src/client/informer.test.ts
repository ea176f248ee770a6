import { expect, it } from 'vitest';
import type { ApiResponse, WatchFrame } from '../apiserver/handler.ts';
import type { Clock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { hostClock } from '../host/clock.ts';
import { VirtualClock } from '../sim/clock.ts';
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

function pod(name: string, resourceVersion: string) {
  return { metadata: { name, namespace: 'default', uid: name, resourceVersion } };
}

it('Informer takes in much slice by slice, and others run between', async () => {
  const virtual = new VirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)));
  let workedMs = 0;
  const clock: Clock = {
    now: () => virtual.now(),
    monotonic: () => virtual.monotonic() + workedMs,
    timer: (delayMs, fire) => virtual.timer(delayMs, fire),
  };
  const names = Array.from({ length: 10 }, (_, index) => `pod-${index}`);
  const items = names.map((name) => ({ object: pod(name, '1'), json: Buffer.alloc(0) }));
  const frames: WatchFrame[] = names.map((name) => ({
    type: 'MODIFIED',
    object: pod(name, '2'),
    lineParts: [],
    lineBytes: 0,
  }));
  const watch = {
    type: 'watch' as const,
    take: (max: number) => frames.splice(0, max),
    ended: false,
    onReady: null,
    close: () => {},
  };
  const metadata = { resourceVersion: '1' };
  const list = { type: 'list' as const, kind: 'PodList', apiVersion: 'v1', metadata, items };
  const client = new Client(
    async ({ query }): Promise<ApiResponse> => ({
      status: 200,
      headers: {},
      body: query.has('watch') ? watch : list,
    }),
    { name: 'test', groups: [] },
  );
  const informer = new Informer(client, clock, silentLog, pods);
  const seen: string[] = [];
  informer.subscribe({
    added: ({ metadata }) => {
      workedMs++;
      seen.push(`added ${metadata?.name}`);
      if (seen.length === 1) virtual.timer(0, () => seen.push('other'));
    },
    updated: ({ metadata }) => {
      workedMs++;
      seen.push(`updated ${metadata?.name}`);
      if (metadata?.name === 'pod-0') virtual.timer(0, () => seen.push('other'));
    },
  });
  const stop = new AbortController();
  const running = informer.run(stop.signal);
  await virtual.advance(0);
  expect(informer.synced).toBe(true);
  const added = seen.slice(0, 11);
  expect(added.indexOf('other')).toBeLessThan(10);
  expect(added.filter((text) => text !== 'other')).toEqual(names.map((name) => `added ${name}`));
  const updated = seen.slice(11);
  expect(updated.indexOf('other')).toBeLessThan(10);
  expect(updated.filter((text) => text !== 'other')).toEqual(
    names.map((name) => `updated ${name}`),
  );
  stop.abort();
  await running;
  expect(virtual.pending).toBe(0);
});
