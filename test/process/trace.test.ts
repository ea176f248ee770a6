import { readFileSync, rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Pod } from '../../src/generated/types.ts';
import { newCluster } from '../harness/cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';

interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly ts: number;
  readonly pid: number;
  readonly tid: number;
  readonly args?: { readonly name?: string };
}

const PODS = '/api/v1/namespaces/default/pods';
/** Longer than any simulated start. */
const READY_MS_MAX = 20_000;

it('up --trace writes how a pod was started, in order', async () => {
  const cluster = await newCluster({ runtime: 'sim' });
  const file = `${cluster.home.folder}.trace.json`;
  try {
    const up = await cluster.proa(['up', ...cluster.upArgs, '--trace', file]);
    expect(up.code, up.stderr).toBe(0);
    const api = await cluster.api();
    const containers = [{ name: 'web', image: 'nginx' }];
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers } };
    await api.send('POST', PODS, pod);
    await waitUntil('the pod runs', READY_MS_MAX, async () => {
      const web = await api.get<Pod>(`${PODS}/web`);
      return web?.status?.containerStatuses?.[0]?.started === true;
    });
    api.close();
    await cluster.down();
    const events = JSON.parse(readFileSync(file, 'utf8')) as TraceEvent[];
    expect(events.at(-1)?.name).toBe('end of trace');
    expect(beginnings(events, 'default/web')).toEqual([
      'scheduler: queued',
      'scheduler: pick node',
      'scheduler: bind',
      'kubelet: pod seen',
      'kubelet: round',
      'kubelet: createSandbox',
      'kubelet: prepareImage',
      'kubelet: startContainer',
    ]);
    const names = new Set(events.map(({ name }) => name));
    expect(names).toContain(`POST ${PODS}`);
    expect(names).toContain('put /registry/core/pods/default/web');
  } finally {
    rmSync(file, { force: true });
    await cluster.remove();
  }
});

/** The names of the main spans of a track by when each began first. */
function beginnings(events: readonly TraceEvent[], track: string): string[] {
  const rows = events.filter(({ ph, args }) => ph === 'M' && args?.name === track);
  const main = /^scheduler|pod seen|round|Sandbox|prepareImage|startContainer/;
  const own = events
    .filter(({ ph, pid, tid }) => ph !== 'M' && rows.some((r) => r.pid === pid && r.tid === tid))
    .filter(({ name }) => main.test(name) && !name.includes('stop'))
    .sort((a, b) => a.ts - b.ts);
  return [...new Set(own.map(({ name }) => name))];
}
