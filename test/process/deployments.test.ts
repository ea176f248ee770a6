import { beforeAll, describe, expect, it } from 'vitest';
import { labKubectl } from '../harness/find-kubectl.ts';
import { forwardedPort } from '../harness/forwarded-port.ts';
import { inLab, type Lab } from '../harness/lab.ts';
import { type Shared, sharedCluster } from '../harness/shared-cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';

const kubectl = labKubectl();

/** A server of `text`, ready when it serves `port`. */
function manifest(text: string, port = 8080): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: busybox
        command: [sh, -c, 'echo ${text} | tee index.html; exec httpd -f -p 8080']
        workingDir: /tmp
        readinessProbe:
          httpGet: {path: /, port: ${port}}
          periodSeconds: 1
`;
}

async function rollOut(lab: Lab, text: string): Promise<string> {
  await lab.apply('web.yaml', manifest(text));
  return lab.kubectl.ok('rollout', 'status', 'deploy/web', '--timeout=60s');
}

describe.concurrent('deployments on real containers', () => {
  let shared: Shared;
  beforeAll(async () => {
    shared = await sharedCluster();
  });

  it('roll out, serve, and can be undone', () =>
    inLab(shared.cluster, kubectl, 'deployment', async (lab) => {
      const ok = (...args: string[]) => lab.kubectl.ok(...args);
      expect(await rollOut(lab, 'one')).toContain('deployment "web" successfully rolled out');
      expect(await ok('get', 'deploy', 'web')).toMatch(/web +2\/2 +2 +2 +/);
      expect(await ok('logs', 'deploy/web')).toContain('one');
      expect(await ok('exec', 'deploy/web', '--', 'cat', '/tmp/index.html')).toBe('one\n');
      await rollOut(lab, 'two');
      const port = await forwardedPort(lab, 'deploy/web', 8080);
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('two\n');
      expect(await ok('rollout', 'history', 'deploy/web')).toMatch(/^1 +<none>\n2 +<none>$/m);
      await ok('scale', 'deploy/web', '--current-replicas=2', '--replicas=3');
      await ok('rollout', 'status', 'deploy/web', '--timeout=60s');
      const scale = await ok('get', 'deploy', 'web', '--subresource=scale', '--no-headers');
      expect(scale).toMatch(/^web +3 +3 +/);
      await ok('scale', 'deploy/web', '--replicas=2');
      await ok('rollout', 'undo', 'deploy/web');
      await ok('rollout', 'status', 'deploy/web', '--timeout=60s');
      expect(await ok('rollout', 'history', 'deploy/web')).toMatch(/^2 +<none>\n3 +<none>$/m);
      // kubectl takes any pod, one that is about to end too.
      const pods = () => ok('get', 'pods', '--no-headers', '-l', 'app=web');
      const areTwo = async () => (await pods()).trim().split('\n').length === 2;
      await waitUntil('two pods are left', 30_000, areTwo);
      expect(await ok('logs', 'deploy/web')).toContain('one');
      const described = await ok('describe', 'deploy', 'web');
      expect(described).toMatch(/OldReplicaSets: +web-\w+ \(0\/0 replicas created\)/);
      expect(described).toMatch(/NewReplicaSet: +web-\w+ \(2\/2 replicas created\)/);
      expect(described).toMatch(/Available +True +MinimumReplicasAvailable/);
      expect(described).toMatch(/Progressing +True +NewReplicaSetAvailable/);
      expect(described).toMatch(
        /ScalingReplicaSet .* deployment-controller +Scaled up replica set web-\w+ from 0 to 2/,
      );
    }));

  it('a bad rollout leaves the old pods serving; set image, pause and restart', () =>
    inLab(shared.cluster, kubectl, 'deployment-bad', async (lab) => {
      const ok = (...args: string[]) => lab.kubectl.ok(...args);
      await rollOut(lab, 'one');
      await lab.apply('web.yaml', manifest('one', 8081));
      const stderr = await lab.kubectl.fails('rollout', 'status', 'deploy/web', '--timeout=5s');
      expect(stderr).toContain('timed out waiting for the condition');
      expect(await ok('get', 'deploy', 'web')).toMatch(/web +2\/2 +1 +2 +/);
      await rollOut(lab, 'one');
      await ok('rollout', 'pause', 'deploy/web');
      await ok('set', 'image', 'deploy/web', 'web=busybox:latest');
      expect(await ok('describe', 'deploy', 'web')).toMatch(/Progressing +Unknown +Deployment/);
      await ok('rollout', 'resume', 'deploy/web');
      await ok('rollout', 'restart', 'deploy/web');
      await ok('rollout', 'status', 'deploy/web', '--timeout=60s');
      expect(await ok('get', 'pods', '-o', 'yaml')).toContain('kubectl.kubernetes.io/restartedAt');
      await ok('delete', 'deploy', 'web', '--cascade=foreground');
      expect(await ok('get', 'deploy,rs,pods', '-o', 'name')).toBe('');
    }));

  it('replicas that must not share a node wait for each other', () =>
    inLab(shared.cluster, kubectl, 'deployment-apart', async (lab) => {
      const ok = (...args: string[]) => lab.kubectl.ok(...args);
      const labelSelector = { matchLabels: { app: 'web' } };
      const term = { topologyKey: 'kubernetes.io/hostname', labelSelector };
      const required = { requiredDuringSchedulingIgnoredDuringExecution: [term] };
      const spec = `spec:\n      affinity: ${JSON.stringify({ podAntiAffinity: required })}\n`;
      const apart = manifest('one').replace('spec:\n      termination', `${spec}      termination`);
      await lab.apply('web.yaml', apart);
      const podsIn = async (phase: string) => {
        const chosen = ['--field-selector', `status.phase=${phase}`];
        return (await ok('get', 'pods', '-o', 'name', ...chosen)).trim();
      };
      await waitUntil('one pod runs', 30_000, async () => (await podsIn('Running')) !== '');
      const [running, waiting] = [await podsIn('Running'), await podsIn('Pending')];
      const why = /1 node\(s\) didn't match pod anti-affinity rules/;
      await lab.waitForEvent(waiting.replace('pod/', ''), 'FailedScheduling', why);
      await ok('scale', 'deploy/web', '--replicas=1');
      await waitUntil('nobody waits', 30_000, async () => (await podsIn('Pending')) === '');
      expect(await podsIn('Running')).toBe(running);
      await ok('rollout', 'status', 'deploy/web', '--timeout=60s');
    }));
});
