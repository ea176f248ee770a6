import { expect, test } from 'vitest';
import type { ServerMetrics } from '../apiserver/server-metrics.ts';
import { EventLoopDelay } from './event-loop-delay.ts';
import { hostMetrics } from './metrics.ts';

const SERVER: ServerMetrics = {
  bucketSeconds: [0.1, 1],
  requests: () => [
    {
      labels: {
        verb: 'GET',
        dry_run: '',
        group: '',
        version: 'v1',
        resource: 'pods',
        subresource: '',
        scope: 'resource',
      },
      codes: new Map([
        [200, 3],
        [404, 1],
      ]),
      secondsSum: 2.5,
      buckets: [2, 1, 1],
    },
  ],
  inFlight: (load) => ({ read: 1, write: 2, long: 3 })[load],
  objects: async () => new Map([['pods', 7]]),
  revision: 12,
  compactedRevision: 5,
  version: { gitVersion: 'v1.34.0', major: '1', minor: '34', platform: 'linux/amd64' },
};

const LABELS =
  'verb="GET",dry_run="",group="",version="v1",resource="pods",subresource="",' +
  'scope="resource",component="apiserver"';

test("hostMetrics: renders the server's figures and the process's", async () => {
  const clock = { now: () => 0, monotonic: () => 0, timer: () => ({ cancel() {} }) };
  const render = hostMetrics(new EventLoopDelay({ clock, activeMs: () => 0 }));
  const lines = (await render(SERVER)).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      '# TYPE apiserver_request_total counter',
      `apiserver_request_total{${LABELS},code="200"} 3`,
      `apiserver_request_total{${LABELS},code="404"} 1`,
      '# TYPE apiserver_request_duration_seconds histogram',
      `apiserver_request_duration_seconds_bucket{${LABELS},le="0.1"} 2`,
      `apiserver_request_duration_seconds_bucket{${LABELS},le="1"} 3`,
      `apiserver_request_duration_seconds_bucket{${LABELS},le="+Inf"} 4`,
      `apiserver_request_duration_seconds_sum{${LABELS}} 2.5`,
      `apiserver_request_duration_seconds_count{${LABELS}} 4`,
      'apiserver_current_inflight_requests{request_kind="readOnly"} 1',
      'apiserver_current_inflight_requests{request_kind="mutating"} 2',
      'apiserver_longrunning_requests{component="apiserver"} 3',
      'apiserver_storage_objects{resource="pods"} 7',
      'proa_store_revision 12',
      'proa_store_compacted_revision 5',
    ]),
  );
  expect(lines.some((line) => line.startsWith('process_resident_memory_bytes '))).toBe(true);
  expect(lines.some((line) => line.startsWith('process_cpu_seconds_total '))).toBe(true);
  expect(lines).toContain('proa_event_loop_delay_seconds_bucket{le="0.01"} 0');
  expect(lines).toContain('proa_event_loop_delay_seconds_count 0');
  // A second scrape shows the figures of its own time.
  expect(await render({ ...SERVER, revision: 13 })).toContain('\nproa_store_revision 13\n');
});
