import { expect } from 'vitest';
import { type Lab, restarts } from '../harness/lab.ts';
import { LIVENESS_HTTP } from './manifests.ts';

const POD = 'liveness-http';

/** Another host's name in the answer's Location, which the kubelet does not follow. */
const REDIRECTED = `apiVersion: v1
kind: Pod
metadata:
  name: redirected
spec:
  containers:
  - name: liveness
    image: k8s.gcr.io/liveness
    args:
    - /server
    livenessProbe:
      httpGet:
        path: /redirect?loc=http%3A%2F%2Felsewhere.example%2F
        port: 8080
      initialDelaySeconds: 1
      periodSeconds: 1
      failureThreshold: 1
`;

/** Document 002: /healthz answers 200 for ten seconds, then 500. */
export async function httpLiveness(lab: Lab): Promise<void> {
  lab.file('http-liveness.yaml', LIVENESS_HTTP);
  const said = await lab.kubectl.fails('create', '-f', 'http-liveness.yaml');
  expect(said).toContain('error parsing http-liveness.yaml: error converting YAML to JSON');
  expect(said).toContain('line 2: mapping values are not allowed in this context');

  // What it means: every line but the first is two columns too far in.
  lab.file('http-liveness.yaml', LIVENESS_HTTP.replace(/^ {2}/gm, ''));
  await lab.kubectl.ok('create', '-f', 'http-liveness.yaml');
  await lab.apply('redirected.yaml', REDIRECTED);

  const failed = await lab.waitForEvent(
    POD,
    'Unhealthy',
    'Liveness probe failed: HTTP probe failed with statuscode: 500',
  );
  const pod = await lab.pod(POD);
  const startedAt = pod?.status?.containerStatuses?.[0]?.state?.running?.startedAt ?? '';
  expect(Date.parse(failed.firstTimestamp ?? '') - Date.parse(startedAt)).toBeGreaterThan(9_000);
  const log = await lab.kubectl.ok('logs', POD);
  expect(log).toContain('GET /healthz 200 X-Custom-Header: Awesome');

  await lab.waitForPod(POD, 'was restarted', (pod) => restarts(pod) >= 1);
  const described = await lab.kubectl.ok('describe', 'pod', POD);
  expect(described).toContain(
    'http-get http://:8080/healthz delay=3s timeout=1s period=3s #success=1 #failure=3',
  );
  expect(described).toMatch(
    /Normal +Killing +\S+ .*kubelet +Container liveness failed liveness probe, will be restarted/,
  );
  // The server ends with 2 at SIGTERM, as a Go program does.
  expect(described).toMatch(/Last State: +Terminated\n +Reason: +Error\n +Exit Code: +2\n/);
  expect(await lab.kubectl.ok('logs', POD, '--previous')).toContain('GET /healthz 500');

  // A redirect is between 200 and 399: alive all this time, with a warning.
  await lab.waitForEvent('redirected', 'ProbeWarning', /Probe terminated redirects/);
  expect(await lab.kubectl.ok('get', 'pod', 'redirected')).toMatch(/1\/1 +Running +0 /);
}
