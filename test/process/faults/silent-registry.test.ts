import { createServer, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedCluster } from '../../harness/shared-cluster.ts';
import { type FaultCluster, faultCluster } from './fault-cluster.ts';

/** A name that only this test's mirror answers for. */
const HOST = 'silent.example';
/** The node gives a pull without progress up after a minute; the next try comes after that. */
const NOTICED_MS = 150_000;

/** A registry that takes connections and says nothing, until it is told to pass them on. */
async function silentRegistry(behind: string) {
  let isSilent = true;
  const sockets = new Set<Socket>();
  const server = createServer((incoming, answer) => {
    if (isSilent) return;
    const { method = 'GET', url = '/', headers } = incoming;
    const [path] = url.split('?');
    const outgoing = request(new URL(path ?? '/', behind), { method, headers }, (found) => {
      answer.writeHead(found.statusCode ?? 500, found.headers);
      found.pipe(answer);
    });
    incoming.pipe(outgoing);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    speak: () => {
      isSilent = false;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('a registry that takes connections and never answers', () => {
  let registry: Awaited<ReturnType<typeof silentRegistry>>;
  let own: FaultCluster;

  beforeAll(async () => {
    const [mirror = ''] = (await sharedCluster()).mirrors;
    registry = await silentRegistry(mirror.slice(mirror.indexOf('=') + 1));
    own = await faultCluster('silent', () => {}, [`${HOST}=${registry.url}`]);
  });
  afterAll(async () => {
    await own?.close();
    registry?.close();
  });

  it('is said in events, holds nobody up, and is waited for', async () => {
    const { lab } = own;
    const image = `${HOST}/library/busybox:latest`;
    const waits = { image, args: ['sleep', '3600'] };
    for (const name of ['patient', 'deleted']) {
      await lab.createPod(name, waits);
      await lab.waitForEvent(name, 'Pulling', `Pulling image "${image}"`);
    }
    await lab.createPod('other', { args: ['sleep', '3600'] });
    await lab.waitForReady('other');
    await lab.kubectl.ok('delete', 'pod', 'deleted', '--timeout=20s');

    const failed = await lab.waitForEvent('patient', 'Failed', /no progress/, NOTICED_MS);
    expect(failed.message).toContain(`Failed to pull image "${image}"`);
    const shown = await lab.kubectl.ok('get', 'pod', 'patient');
    expect(shown).toMatch(/ErrImagePull|ImagePullBackOff|ContainerCreating/);
    registry.speak();
    await lab.waitForReady('patient', NOTICED_MS);
    expect(await lab.kubectl.ok('describe', 'pod', 'patient')).toMatch(/Successfully pulled image/);
  });
});
