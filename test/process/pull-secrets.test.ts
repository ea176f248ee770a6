import { once } from 'node:events';
import { createServer, request as requestHttp, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labKubectl } from '../harness/find-kubectl.ts';
import { inLab, type Lab } from '../harness/lab.ts';
import { type Shared, sharedCluster } from '../harness/shared-cluster.ts';

const kubectl = labKubectl();
const USER = 'somebody';
const PASSWORD = 'pass:word';

/** The tests' registry behind a door that asks for a name and a password. */
async function guardedRegistry(registry: string): Promise<Server> {
  const wanted = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
  const server = createServer((request, response) => {
    const { authorization, ...headers } = request.headers;
    if (authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end();
      return;
    }
    const { method } = request;
    const options = { method, headers: { ...headers, host: new URL(registry).host } };
    const inner = requestHttp(new URL(request.url ?? '/', registry), options, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    inner.on('error', () => response.destroy());
    request.pipe(inner);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe.concurrent('images of a registry with a password', () => {
  let shared: Shared;
  let door: Server;

  beforeAll(async () => {
    shared = await sharedCluster();
    door = await guardedRegistry(shared.mirrors[0]!.split('=')[1]!);
  });

  afterAll(() => {
    door.closeAllConnections();
    door.close();
  });

  const place = (lab: Lab) => {
    const host = `127.0.0.1:${(door.address() as AddressInfo).port}`;
    const createSecret = (name: string, password: string) =>
      lab.kubectl.ok(
        ...['create', 'secret', 'docker-registry', name, `--docker-server=http://${host}`],
        ...[`--docker-username=${USER}`, `--docker-password=${password}`],
      );
    return { image: `${host}/library/busybox:latest`, createSecret };
  };
  const container = (image: string) => ({
    image,
    imagePullPolicy: 'Always',
    args: ['sleep', '600'],
  });

  it('are pulled with the secret of the pod, which may come later', async () => {
    await inLab(shared.cluster, kubectl, 'pull-secret', async (lab) => {
      const { image, createSecret } = place(lab);
      const spec = { imagePullSecrets: [{ name: 'access' }] };
      await lab.createPod('pulled', container(image), spec);
      await lab.waitForEvent(
        'pulled',
        'Failed',
        /^Failed to pull image .*(401 Unauthorized|authorization failed)/,
      );
      await createSecret('access', PASSWORD);
      await lab.waitForReady('pulled', 60_000);
    });
  }, 120_000);

  it('are pulled with the secret of the service account', async () => {
    await inLab(shared.cluster, kubectl, 'pull-account', async (lab) => {
      const { image, createSecret } = place(lab);
      await createSecret('access', PASSWORD);
      const patch = '{"imagePullSecrets":[{"name":"access"}]}';
      await lab.kubectl.ok('patch', 'serviceaccount', 'default', '-p', patch);
      await lab.createPod('pulled', container(image));
      const pod = await lab.waitForReady('pulled');
      expect(pod.spec.imagePullSecrets).toEqual([{ name: 'access' }]);
    });
  });

  it('are not pulled with a wrong password', async () => {
    await inLab(shared.cluster, kubectl, 'pull-wrong', async (lab) => {
      const { image, createSecret } = place(lab);
      await createSecret('access', 'wrong');
      await lab.createPod('refused', container(image), { imagePullSecrets: [{ name: 'access' }] });
      await lab.waitForEvent(
        'refused',
        'Failed',
        /^Failed to pull image .*(401 Unauthorized|authorization failed)/,
      );
    });
  });
});
