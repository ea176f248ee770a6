import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { PassThrough, Readable, Writable } from 'node:stream';
import { Attach, Exec, KubeConfig, PortForward, type V1Status } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labKubectl } from '../harness/find-kubectl.ts';
import { type Lab, openLab } from '../harness/lab.ts';
import { sharedCluster } from '../harness/shared-cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';

const namespace = 'client-node-streams';

function collector(): Writable & { text: string } {
  const sink = new Writable({
    write(chunk, _encoding, done) {
      collected.text += String(chunk);
      done();
    },
  });
  const collected = Object.assign(sink, { text: '' });
  return collected;
}

describe('@kubernetes/client-node', () => {
  let lab: Lab;
  let config: KubeConfig;

  beforeAll(async () => {
    const { cluster } = await sharedCluster();
    lab = await openLab(cluster, labKubectl(), namespace);
    config = new KubeConfig();
    config.loadFromFile(cluster.home.kubeconfig);
    await lab.createPod('box', { args: ['sleep', '600'] });
    const script = 'read line; echo heard $line; sleep 600';
    await lab.createPod('ear', { args: ['sh', '-c', script], stdin: true });
    await lab.createPod('web', { image: 'nginx' });
    for (const name of ['box', 'ear', 'web']) await lab.waitForReady(name);
  });
  afterAll(() => lab?.close());

  it('runs commands', async () => {
    const stdout = collector();
    const stderr = collector();
    const stdin = Readable.from(['hello\n']);
    const script = 'read word; echo out $word; echo err >&2; exit 7';
    const status = await new Promise<V1Status>((resolve, reject) => {
      new Exec(config)
        .exec(namespace, 'box', 'main', ['sh', '-c', script], stdout, stderr, stdin, false, resolve)
        .catch(reject);
    });
    expect([stdout.text, stderr.text]).toEqual(['out hello\n', 'err\n']);
    expect(status.details?.causes).toEqual([{ reason: 'ExitCode', message: '7' }]);
  });

  it('gives a command a terminal that has a size before anybody tells it', async () => {
    const stdout = collector();
    await new Promise<V1Status>((resolve, reject) => {
      new Exec(config)
        .exec(namespace, 'box', 'main', ['stty', 'size'], stdout, null, null, true, resolve)
        .catch(reject);
    });
    expect(stdout.text).toBe('24 80\r\n');
  });

  it('attaches', async () => {
    const stdout = collector();
    const stdin = new PassThrough();
    const socket = await new Attach(config).attach(
      namespace,
      'ear',
      'main',
      stdout,
      collector(),
      stdin,
      false,
    );
    stdin.write('you\n');
    await waitUntil('it has heard', 30_000, () => stdout.text === 'heard you\n');
    socket.close();
  });

  it('forwards ports', async () => {
    const forward = new PortForward(config);
    const server = createServer((socket) => {
      void forward.portForward(namespace, 'web', [80], socket, null, socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.write('GET / HTTP/1.0\r\n\r\n');
    await waitUntil('the page has come', 30_000, () => answer.includes('</html>'));
    expect(answer).toContain('HTTP/1.1 200 OK');
    socket.destroy();
    server.close();
  });
});
