import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import {
  Attach,
  Cp,
  Exec,
  KubeConfig,
  Log,
  PortForward,
  type V1Status,
} from '@kubernetes/client-node';
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

  // Not from the pod: client-node 1.4 asks for a compressed archive and reads a plain one.
  it('copies files to a pod', async () => {
    const from = join(lab.kubectl.folder, 'from');
    mkdirSync(join(from, 'below'), { recursive: true });
    const bytes = randomBytes(2_000_000);
    writeFileSync(join(from, 'below', 'file'), bytes);
    await lab.kubectl.ok('exec', 'box', '--', 'mkdir', '/tmp/copy');
    // It answers before it has copied.
    await new Cp(config).cpToPod(namespace, 'box', 'main', from, '/tmp/copy');
    const hash = createHash('sha256').update(bytes).digest('hex');
    await waitUntil('the file is there', 30_000, async () => {
      const sum = ['exec', 'box', '--', 'sha256sum', '/tmp/copy/below/file'];
      return (await lab.kubectl.run(sum)).stdout.startsWith(hash);
    });
  });

  it('follows a log', async () => {
    const script = 'for i in 1 2 3; do echo line $i; sleep 0.1; done; sleep 600';
    await lab.createPod('teller', { args: ['sh', '-c', script] });
    await lab.waitForReady('teller');
    const sink = collector();
    const stop = await new Log(config).log(namespace, 'teller', 'main', sink, { follow: true });
    await waitUntil('all is told', 30_000, () => sink.text === 'line 1\nline 2\nline 3\n');
    stop.abort();
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
