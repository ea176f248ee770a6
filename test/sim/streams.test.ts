import { expect, test } from 'vitest';
import type { CommandBody, ForwardBody, ResponseBody } from '../../src/apiserver/handler.ts';
import type { ByteSink } from '../../src/base/byte-streams.ts';
import { SimNode } from './sim-node.ts';

const USER = { name: 'admin', groups: ['system:masters'] };

async function nodeWith(script: string): Promise<SimNode> {
  const http = [{ path: '/hello', status: 200, body: 'hi' }];
  const sim = await SimNode.start([{ name: 'app', script, http }]);
  await sim.createPod('p', { containers: [{ name: 'main', image: 'app' }] });
  await sim.clock.advance(1_000);
  return sim;
}

async function connect(sim: SimNode, url: string): Promise<ResponseBody> {
  const [path = '', query = ''] = url.split('?');
  const response = await sim.server.handler({
    method: 'POST',
    path: `/api/v1/namespaces/default/pods/p/${path}`,
    query: new URLSearchParams(query),
    headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' },
    user: USER,
    body: null,
    signal: new AbortController().signal,
  });
  expect(response.status).toBe(101);
  return response.body;
}

async function* bytesOf(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

function collector(): ByteSink & { text: string } {
  return {
    text: '',
    write(bytes) {
      this.text += Buffer.from(bytes).toString();
    },
    end() {},
  };
}

async function runCommand(
  sim: SimNode,
  url: string,
  input: readonly string[] = [],
  signal = new AbortController().signal,
) {
  const body = (await connect(sim, url)) as CommandBody;
  expect(body.refused).toBe('');
  const stdout = collector();
  const stderr = collector();
  const status = await body.run({
    stdin: body.stdin ? bytesOf(...input) : null,
    stdout: body.stdout ? stdout : null,
    stderr: body.stderr ? stderr : null,
    tty: body.tty,
    sizes: (async function* () {})(),
    signal,
  });
  return { status, stdout: stdout.text, stderr: stderr.text };
}

const ALL = 'stdin=1&stdout=1&stderr=1';

test('a command gives its outputs apart and its exit code as upstream tells it', async () => {
  const sim = await nodeWith('sleep infinity');
  const script = encodeURIComponent('echo out; cat /absent; exit 3');
  const ended = await runCommand(sim, `exec?${ALL}&command=sh&command=-c&command=${script}`);
  expect(ended).toMatchObject({
    stdout: 'out\n',
    stderr: "cat: can't open '/absent': No such file or directory\n",
    status: {
      status: 'Failure',
      reason: 'NonZeroExitCode',
      message:
        'command terminated with non-zero exit code: ' +
        'error executing command [sh -c echo out; cat /absent; exit 3], exit code 3',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    },
  });
});

test('a command reads its input to the end', async () => {
  const sim = await nodeWith('sleep infinity');
  const ended = await runCommand(sim, `exec?${ALL}&command=cat`, ['a', 'b']);
  expect(ended).toMatchObject({ stdout: 'ab', status: { status: 'Success' } });
});

test('a shell with a terminal echoes, prompts and ends with the code it is told', async () => {
  const sim = await nodeWith('sleep infinity');
  const url = 'exec?stdin=1&stdout=1&stderr=1&tty=1&command=/bin/sh';
  const ended = await runCommand(sim, url, ['echo he', 'llo\rexit 4\r']);
  expect(ended.stdout).toBe('/ # echo hello\r\nhello\r\n/ # exit 4\r\n');
  expect(ended).toMatchObject({ stderr: '', status: { details: { causes: [{ message: '4' }] } } });
});

test('a command that cannot start says so on its channel', async () => {
  const sim = await nodeWith('sleep infinity');
  const { status } = await runCommand(sim, `exec?${ALL}&command=nosuch`);
  expect(status.message).toBe(
    'Internal error occurred: error executing command in container: OCI runtime exec failed: ' +
      'exec failed: unable to start container process: exec: "nosuch": ' +
      'executable file not found in $PATH',
  );
});

test('a command ends when its client has gone', async () => {
  const sim = await nodeWith('sleep infinity');
  const gone = new AbortController();
  const running = runCommand(sim, `exec?${ALL}&command=sleep&command=60`, [], gone.signal);
  await sim.clock.advance(1_000);
  gone.abort();
  await sim.clock.advance(0);
  expect((await running).status.status).toBe('Success');
});

test('a container that does not run is not connected to', async () => {
  const sim = await nodeWith('exit 1');
  for (const url of [`exec?${ALL}&command=ls`, `attach?${ALL}`]) {
    const body = (await connect(sim, url)) as CommandBody;
    expect(body.refused).toBe('container not found ("main")');
  }
});

test('attach shows what a container prints from now on', async () => {
  const sim = await nodeWith('echo before; sleep 25; echo after; sleep 5');
  await sim.clock.advance(15_000);
  const attached = runCommand(sim, `attach?${ALL}`);
  await sim.clock.advance(20_000);
  expect(await attached).toMatchObject({ stdout: 'after\n', status: { status: 'Success' } });
});

test('attach shows all that a container prints which has just been started', async () => {
  const sim = await nodeWith('echo before; sleep 5; echo after; sleep 5');
  const attached = runCommand(sim, `attach?${ALL}`);
  await sim.clock.advance(20_000);
  const stdout = 'before\nafter\n';
  expect(await attached).toMatchObject({ stdout, status: { status: 'Success' } });
});

test('attach shows a container that ended before its client came what it has printed', async () => {
  const sim = await SimNode.start([{ name: 'app', script: 'echo words; exit 3' }]);
  const containers = [{ name: 'main', image: 'app', stdin: true, stdinOnce: true }];
  await sim.createPod('p', { containers, restartPolicy: 'Never' });
  await sim.clock.advance(1_000);
  const attached = runCommand(sim, `attach?${ALL}`);
  await sim.clock.advance(2_000);
  expect(await attached).toMatchObject({ stdout: 'words\n', status: { status: 'Success' } });
  await sim.clock.advance(10_000);
  const late = (await connect(sim, `attach?${ALL}`)) as CommandBody;
  expect(late.refused).toBe('container not found ("main")');
});

test('ports answer as the image has it, and refuse where nobody listens', async () => {
  const sim = await nodeWith('serve 80');
  const body = (await connect(sim, 'portforward')) as ForwardBody;
  const output = collector();
  const ask = (port: number) =>
    body.connect(port, {
      incoming: bytesOf('GET /hello HTTP/1.1\r\nHost: a\r\n\r\n'),
      write: (bytes) => output.write(bytes),
      end() {},
      signal: new AbortController().signal,
    });
  expect(await ask(80)).toBe('');
  expect(output.text).toBe('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi');
  expect(await ask(81)).toBe(
    'failed to connect to localhost:81: dial tcp4 127.0.0.1:81: connect: connection refused',
  );
});
