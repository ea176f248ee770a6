import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { commandLine, processIds } from '../../src/host/process-stat.ts';
import { labKubectl } from '../harness/find-kubectl.ts';
import { inLab } from '../harness/lab.ts';
import { type Shared, sharedCluster } from '../harness/shared-cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';

const kubectl = labKubectl();

/** Echoes what comes by UDP, and answers a line to each TCP connection, both on port 9000. */
const SERVER = `
import socket, threading
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("", 9000))
tcp = socket.socket()
tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
tcp.bind(("", 9000))
tcp.listen(5)
def serve():
  while True:
    connection, _ = tcp.accept()
    connection.sendall(b"tcp\\n")
    connection.close()
threading.Thread(target=serve, daemon=True).start()
while True:
  data, peer = udp.recvfrom(1000)
  udp.sendto(data, peer)
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '0.0.0.0');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** An address of this machine that is not the loopback's. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flat();
  const found = all.find((one) => one?.family === 'IPv4' && !one.internal);
  expect(found).toBeDefined();
  return found!.address;
}

async function echoed(host: string, port: number): Promise<string> {
  const socket = createSocket('udp4');
  onTestFinished(() => {
    socket.close();
  });
  const answer = once(socket, 'message');
  let text = '';
  answer.then(([data]) => {
    text = String(data);
  });
  await waitUntil('the datagram comes back', 10_000, () => {
    socket.send('hello', port, host);
    return text !== '';
  });
  return text;
}

/** Sends without end from one port; answers what came back last. */
function echoes(host: string, port: number): () => string {
  const socket = createSocket('udp4');
  let last = '';
  socket.on('message', (data) => {
    last = String(data);
  });
  const sending = setInterval(() => socket.send('hello', port, host), 50);
  onTestFinished(() => {
    clearInterval(sending);
    socket.close();
  });
  return () => last;
}

describe('host ports', () => {
  let shared: Shared;

  beforeAll(async () => {
    shared = await sharedCluster();
  });

  it('lead into the pod by TCP and UDP, and are one pod’s alone', async () => {
    await inLab(shared.cluster, kubectl, 'host-ports', async (lab) => {
      const [both, local] = [await freePort(), await freePort()];
      const ports = [
        { name: 'a', containerPort: 9000, hostPort: both },
        { name: 'b', containerPort: 9000, hostPort: both, protocol: 'UDP' },
        { name: 'c', containerPort: 9000, hostPort: local, hostIP: '127.0.0.1' },
      ];
      const readinessProbe = { tcpSocket: { port: 9000 }, periodSeconds: 1 };
      const command = ['python', '-c', SERVER];
      const server = { image: 'python:2.7-alpine', command, ports, readinessProbe };
      await lab.createPod('server', server);
      const { spec } = await lab.waitForReady('server');

      const ip = ownAddress();
      for (const host of [ip, '127.0.0.1']) expect(await echoed(host, both)).toBe('hello');
      await reaches(`${ip}:${both}`);
      await reaches(`127.0.0.1:${local}`);
      await expect(reaches(`${ip}:${local}`)).rejects.toThrow('ECONNREFUSED');

      await lab.createPod('waits', { ports: ports.slice(0, 1) });
      await lab.waitForEvent('waits', 'FailedScheduling', /didn't have free ports/);
      await lab.createPod('refused', { ports: ports.slice(1, 2) }, { nodeName: spec.nodeName });
      const refused = await lab.waitForPhase('refused', 'Failed');
      expect(refused.status?.reason).toBe('NodePorts');
      expect(await lab.kubectl.ok('get', 'pod', 'refused')).toMatch(/0\/1 +NodePorts +0 /);
      await lab.kubectl.ok('delete', 'pod', 'server');
      await lab.waitForPhase('waits', 'Running');
    });
  }, 90_000);

  it('lead a client that never stops sending into the pod that is there now', async () => {
    await inLab(shared.cluster, kubectl, 'host-ports-udp', async (lab) => {
      const hostPort = await freePort();
      const ports = [{ containerPort: 9000, hostPort, protocol: 'UDP' }];
      const server = (name: string) => ({
        image: 'python:2.7-alpine',
        command: ['python', '-c', SERVER.replace('sendto(data', `sendto(b"${name}"`)],
        ports,
      });
      // One port of the client for all: the kernel remembers where its datagrams went before.
      const clients = [ownAddress(), '127.0.0.1'].map((host) => echoes(host, hostPort));
      for (const name of ['first', 'second']) {
        await lab.createPod(name, server(name));
        await lab.waitForReady(name);
        const isAnswered = () => clients.every((answer) => answer() === name);
        await waitUntil(`${name} answers`, 20_000, isAnswered, () =>
          clients.map((answer) => answer()).join(', '),
        );
        await lab.kubectl.ok('delete', 'pod', name);
      }
    });
  }, 90_000);

  it('lead into the new sandbox of a pod whose old one died, and nowhere else', async () => {
    await inLab(shared.cluster, kubectl, 'host-ports', async (lab) => {
      const hostPort = await freePort();
      await lab.createPod('web', { image: 'nginx', ports: [{ containerPort: 80, hostPort }] });
      await lab.waitForReady('web');
      process.kill(pauseProcessBeside(await lab.pid('web')), 'SIGKILL');
      await lab.waitForPod('web', 'runs again', (pod) => {
        const [status] = pod.status?.containerStatuses ?? [];
        return status?.restartCount === 1 && status.ready;
      });
      const answer = await fetch(`http://127.0.0.1:${hostPort}/`);
      expect(await answer.text()).toContain('Welcome to nginx');
    });
  }, 90_000);

  it('at an address that is none are refused in an event, and harm nobody', async () => {
    await inLab(shared.cluster, kubectl, 'host-ports', async (lab) => {
      const ports = [{ containerPort: 80, hostPort: await freePort(), hostIP: '127.0.0.1 drop #' }];
      await lab.createPod('odd', { image: 'nginx', ports });
      await lab.waitForEvent('odd', 'FailedCreatePodSandBox', /hostIP .* is not an IPv4 address/);
    });
  }, 90_000);
});

/** The process that holds the network namespace of a container's process. */
function pauseProcessBeside(pid: number): number {
  const networkOf = (each: number) => readlinkSync(`/proc/${each}/ns/net`);
  const found = processIds().find(
    (each) => commandLine(each)[0] === '/pause' && networkOf(each) === networkOf(pid),
  );
  expect(found).toBeDefined();
  return found!;
}

async function reaches(address: string): Promise<void> {
  const [host = '', port = ''] = address.split(':');
  const socket = connect(Number(port), host);
  onTestFinished(() => {
    socket.destroy();
  });
  const [data] = await once(socket, 'data');
  expect(String(data)).toBe('tcp\n');
}
