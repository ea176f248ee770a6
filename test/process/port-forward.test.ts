import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  connectionsIn,
  dialersInto,
  isListening,
  isProcessAlive,
} from '../harness/container-process.ts';
import { findKubectls, labKubectl } from '../harness/find-kubectl.ts';
import { connectTo, forwardedPort, readAll } from '../harness/forwarded-port.ts';
import { inLab, type Lab } from '../harness/lab.ts';
import { type Shared, sharedCluster } from '../harness/shared-cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';

const WAIT_MS = 30_000;
const IPV4 = 9000;
const IPV6 = 9001;
const SINK = 9002;
/** Servers on loopback alone: two that answer long after the last byte, and one that only reads. */
const SERVERS = `
import socket, threading, time
def slow(c):
    text = b''
    while True:
        b = c.recv(65536)
        if not b: break
        text += b
    time.sleep(2)
    c.sendall(b'heard ' + text)
    c.close()
def sink(c):
    c.sendall(b'reading')
    while c.recv(65536): pass
    c.close()
def serve(family, host, port, work):
    s = socket.socket(family)
    s.bind((host, port))
    s.listen(200)
    while True: threading.Thread(target=work, args=(s.accept()[0],)).start()
for one in [
    (socket.AF_INET, '127.0.0.1', ${IPV4}, slow),
    (socket.AF_INET6, '::1', ${IPV6}, slow),
    (socket.AF_INET, '127.0.0.1', ${SINK}, sink),
]: threading.Thread(target=serve, args=one).start()
`;

async function serverPod(each: Lab): Promise<number> {
  const image = 'python:2.7-alpine';
  await each.createPod('server', { image, command: ['python', '-c', SERVERS] });
  await each.waitForReady('server');
  const pid = await each.pid('server');
  const all = [IPV4, IPV6, SINK];
  await waitUntil('all listen', WAIT_MS, () => all.every((port) => isListening(pid, port)));
  return pid;
}

describe.concurrent('port-forward', () => {
  let shared: Shared;

  beforeAll(async () => {
    shared = await sharedCluster();
  });

  const lab =
    (name: string, work: (lab: Lab) => Promise<void>, kubectl = labKubectl()) =>
    () =>
      inLab(shared.cluster, kubectl, `forward-${name}`, work);

  for (const found of new Set([findKubectls()[0]!, labKubectl()])) {
    it(
      `by kubectl ${found.version} waits for an answer, at either loopback`,
      lab(`slow-${found.minor.replace('.', '-')}`, (each) => slowAnswers(each), found),
    );
  }

  async function slowAnswers(each: Lab): Promise<void> {
    await serverPod(each);
    for (const port of [IPV4, IPV6]) {
      const socket = await connectTo(await forwardedPort(each, 'pod/server', port));
      socket.end('question');
      expect(await readAll(socket)).toBe('heard question');
    }
  }

  it(
    'of a pod with the network of the node connects from there',
    lab('host', async (each) => {
      const server = createServer((socket) => socket.end('the node')).listen(0, '127.0.0.1');
      onTestFinished(() => {
        server.close();
      });
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      await each.createPod('box', { args: ['sleep', '600'] }, { hostNetwork: true });
      await each.waitForReady('box');
      const socket = await connectTo(await forwardedPort(each, 'pod/box', port));
      expect(await readAll(socket)).toBe('the node');
    }),
  );

  it(
    'tells in the words of the runtime that nobody listens',
    lab('refused', async (each) => {
      await each.createPod('box', { args: ['sleep', '600'] });
      await each.waitForReady('box');
      const running = each.background('port-forward', 'pod/box', ':1234');
      const said = await running.waitFor(/Forwarding from 127\.0\.0\.1:\d+ -> /, WAIT_MS);
      await readAll(await connectTo(Number(/127\.0\.0\.1:(\d+)/.exec(said)![1])));
      const why = (network: string, address: string) =>
        `dial ${network} ${address}: connect: connection refused`;
      const text = await running.waitFor(/IPv6/, WAIT_MS);
      expect(text).toMatch(/error forwarding port 1234 to pod [0-9a-f]{64}, uid : failed to exec/);
      expect(text).toContain(`IPv4: ${why('tcp4', '127.0.0.1:1234')} `);
      expect(text).toContain(`IPv6 ${why('tcp6', '[::1]:1234')} `);
    }),
  );

  it(
    'leaves no connection of a client that vanishes, and soon no process',
    lab('vanish', async (each) => {
      const pid = await serverPod(each);
      const running = each.background('port-forward', 'pod/server', `:${SINK}`);
      const said = await running.waitFor(/Forwarding from 127\.0\.0\.1:\d+ -> /, WAIT_MS);
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(said)![1]);
      const sockets = await Promise.all(Array.from({ length: 5 }, () => connectTo(port)));
      await Promise.all(sockets.map((socket) => once(socket, 'data')));
      for (const socket of sockets) socket.on('error', () => {});
      // Each has two ends there.
      expect([connectionsIn(pid, SINK), dialersInto(pid).length]).toEqual([10, 1]);
      running.kill();
      await waitUntil('no connection is left', WAIT_MS, () => connectionsIn(pid, SINK) === 0);
      for (const socket of sockets) socket.destroy();
      await waitUntil('no process is left', WAIT_MS, () => dialersInto(pid).length === 0);
    }),
  );

  it(
    'ends with the pod',
    lab('deleted', async (each) => {
      const pid = await serverPod(each);
      const socket = await connectTo(await forwardedPort(each, 'pod/server', SINK));
      await once(socket, 'data');
      const [dialer = 0] = dialersInto(pid);
      expect(dialer).toBeGreaterThan(0);
      const ended = readAll(socket);
      await each.kubectl.ok('delete', 'pod', 'server');
      expect(await ended).toBe('');
      await waitUntil('the process is gone', WAIT_MS, () => !isProcessAlive(dialer));
    }),
  );
});
