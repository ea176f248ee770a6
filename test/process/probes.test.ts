import { beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, issue } from '../../src/host/pki/certificate-authority.ts';
import { commandLineOf, processesBeside } from '../harness/container-process.ts';
import { labKubectl } from '../harness/find-kubectl.ts';
import { inLab, isReady, type Lab, restarts } from '../harness/lab.ts';
import { type Shared, sharedCluster } from '../harness/shared-cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';

const kubectl = labKubectl();

/** nginx as a server of anything: its configuration comes by the environment. */
function nginx(config: string, env: Record<string, string> = {}): object {
  const script = [
    'printf "%s" "$CONFIG" > /etc/nginx/conf.d/default.conf',
    'printf "%s" "$CERTIFICATE" > /tmp/cert.pem',
    'printf "%s" "$KEY" > /tmp/key.pem',
    // grpc.health.v1.HealthCheckResponse in a gRPC frame: status SERVING, and NOT_SERVING.
    "printf '\\000\\000\\000\\000\\002\\010\\001' > /tmp/serving",
    "printf '\\000\\000\\000\\000\\002\\010\\002' > /tmp/not-serving",
    "exec nginx -g 'daemon off;'",
  ].join('\n');
  const all = Object.entries({ CONFIG: config, CERTIFICATE: '', KEY: '', ...env });
  return {
    image: 'nginx',
    command: ['sh', '-c', script],
    env: all.map(([name, value]) => ({ name, value: value.replaceAll('$(', '$$(') })),
  };
}

function grpcServer(file: string): string {
  return `server {
    listen 50051 http2;
    location = /grpc.health.v1.Health/Check {
      error_page 405 =200 /${file};
      return 405;
    }
    location = /${file} {
      internal;
      root /tmp;
      default_type application/grpc;
      add_trailer grpc-status 0 always;
    }
  }`;
}

describe.concurrent('probes', () => {
  let shared: Shared;

  beforeAll(async () => {
    shared = await sharedCluster();
  });

  const lab = (name: string, work: (lab: Lab) => Promise<void>) => () =>
    inLab(shared.cluster, kubectl, `probes-${name}`, work);

  it(
    'a command that takes too long fails and leaves no process',
    lab('timeout', async (lab) => {
      await lab.createPod('slow', {
        args: ['sleep', '600'],
        readinessProbe: {
          exec: { command: ['sh', '-c', 'sleep 4242 & sleep 4243'] },
          timeoutSeconds: 1,
          periodSeconds: 2,
        },
      });
      const failed = await lab.waitForEvent('slow', 'Unhealthy', /^Readiness probe failed: /);
      expect(failed.message).toBe(
        'Readiness probe failed: command timed out: "sh -c sleep 4242 & sleep 4243" timed out after 1s',
      );
      await waitUntil('a second timeout', 15_000, async () => {
        const events = await lab.events('slow');
        return events.some(({ reason, count = 1 }) => reason === 'Unhealthy' && count >= 2);
      });
      const pid = await lab.pid('slow');
      const left = () => processesBeside(pid).filter((other) => other !== pid);
      // Between one probe and the next there is none at all, the children of the shell included.
      await waitUntil(
        'no process of a probe is left',
        5_000,
        () => left().length === 0,
        () => left().map(commandLineOf).join(', '),
      );
    }),
  );

  it(
    'a startup probe holds the others back, and restarts what never starts',
    lab('startup', async (lab) => {
      const file = (path: string) => ({ exec: { command: ['cat', path] }, periodSeconds: 1 });
      await lab.createPod('late', {
        args: ['sh', '-c', 'sleep 3; touch /tmp/up; sleep 600'],
        startupProbe: { ...file('/tmp/up'), failureThreshold: 30 },
        livenessProbe: { ...file('/tmp/up'), failureThreshold: 1 },
      });
      await lab.createPod('stuck', {
        args: ['sleep', '600'],
        startupProbe: { ...file('/tmp/up'), failureThreshold: 2 },
      });
      await lab.waitForEvent('late', 'Unhealthy', /^Startup probe failed: cat: can't open/);
      const ready = await lab.waitForReady('late');
      expect(restarts(ready)).toBe(0);
      await lab.waitForEvent(
        'stuck',
        'Killing',
        'Container main failed startup probe, will be restarted',
      );
      await lab.waitForPod('stuck', 'was restarted', (pod) => restarts(pod) >= 1);
    }),
  );

  it(
    'a readiness that comes and goes moves the pod in and out, without a restart',
    lab('readiness', async (lab) => {
      await lab.createPod('flapping', {
        args: ['sh', '-c', 'while :; do touch /tmp/ok; sleep 4; rm /tmp/ok; sleep 4; done'],
        readinessProbe: {
          exec: { command: ['cat', '/tmp/ok'] },
          periodSeconds: 1,
          failureThreshold: 1,
        },
      });
      await lab.waitForReady('flapping');
      await lab.waitForPod('flapping', 'is not ready', (pod) => !isReady(pod));
      const pod = await lab.waitForReady('flapping');
      expect(restarts(pod)).toBe(0);
      expect(pod.status?.phase).toBe('Running');
    }),
  );

  it(
    'https needs no trusted certificate; on a plain port it fails',
    lab('https', async (lab) => {
      // Nobody has reason to trust this one.
      const authority = await createAuthority('test');
      const { cert, key } = await issue(authority, { commonName: 'test', usage: 'server' });
      const config = `server {
        listen 80;
        listen 443 ssl;
        ssl_certificate /tmp/cert.pem;
        ssl_certificate_key /tmp/key.pem;
        location / { return 200 "ok"; }
      }`;
      const server = nginx(config, { CERTIFICATE: cert, KEY: key });
      const probe = (port: number) => ({
        readinessProbe: { httpGet: { scheme: 'HTTPS', path: '/', port }, periodSeconds: 1 },
      });
      await lab.createPod('secure', { ...server, ...probe(443) });
      await lab.createPod('plain', { ...server, ...probe(80) });
      await lab.waitForReady('secure');
      await lab.waitForEvent(
        'plain',
        'Unhealthy',
        /^Readiness probe failed: Get "https:\/\/[\d.]+:80\/": http: server gave HTTP response to HTTPS client$/,
      );
    }),
  );

  it(
    'grpc asks the health service, and tells what it answered',
    lab('grpc', async (lab) => {
      const probe = { readinessProbe: { grpc: { port: 50051 }, periodSeconds: 1 } };
      await lab.createPod('serving', { ...nginx(grpcServer('serving')), ...probe });
      await lab.createPod('resting', { ...nginx(grpcServer('not-serving')), ...probe });
      await lab.createPod('absent', { args: ['sleep', '600'], ...probe });
      await lab.waitForReady('serving');
      await lab.waitForEvent(
        'resting',
        'Unhealthy',
        'Readiness probe failed: service unhealthy (responded with "NOT_SERVING")',
      );
      await lab.waitForEvent(
        'absent',
        'Unhealthy',
        /^Readiness probe failed: timeout: failed to connect service "[\d.]+:50051" within 1s/,
      );
    }),
  );

  it(
    'http sees the headers, follows redirects on its host, and times out',
    lab('http', async (lab) => {
      const config = `server {
        listen 80;
        location = /go { return 302 /there; }
        location = /there { return 200 "ok"; }
        location = /agent { if ($http_user_agent ~ "^kube-probe/1.34$") { return 204; } return 400; }
        location = /host { if ($host = "a.example") { return 204; } return 400; }
      }`;
      const probe = (httpGet: object) => ({ httpGet: { port: 80, ...httpGet }, periodSeconds: 1 });
      const ways = {
        redirected: { path: '/go' },
        agent: { path: '/agent' },
        host: { path: '/host', httpHeaders: [{ name: 'Host', value: 'a.example' }] },
      };
      for (const [name, way] of Object.entries(ways)) {
        await lab.createPod(name, { ...nginx(config), readinessProbe: probe(way) });
      }
      // The kernel takes the connections, and nobody answers.
      const program =
        'import socket,time; s=socket.socket(); s.bind(("",80)); s.listen(); time.sleep(600)';
      const silent = { image: 'python:2.7-alpine', args: ['python', '-c', program] };
      await lab.createPod('silent', { ...silent, readinessProbe: probe({ path: '/' }) });
      for (const name of Object.keys(ways)) await lab.waitForReady(name);
      await lab.waitForEvent(
        'silent',
        'Unhealthy',
        /^Readiness probe failed: Get "http:\/\/[\d.]+:80\/": context deadline exceeded \(Client\.Timeout exceeded while awaiting headers\)$/,
      );
    }),
  );
});
