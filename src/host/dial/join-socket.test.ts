import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { ItemQueue } from '../../base/item-queue.ts';
import { hostClock } from '../clock.ts';
import { dialHere } from './dial-here.ts';
import { joinSocket } from './join-socket.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A client, what it has been sent, and the pod's end of the connection that it is joined to. */
async function join(clock = hostClock) {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const { port } = server.address() as AddressInfo;
  const socket = await dialHere('127.0.0.1', port, new AbortController().signal);
  if (typeof socket === 'string') throw new Error(socket);
  const gone = new AbortController();
  const limits = { sizeMax: 1e9, sizeOf: (bytes: Uint8Array) => bytes.length, pressed() {} };
  const incoming = new ItemQueue<Uint8Array>(limits);
  const client = { text: '', isEnded: false, ready: Promise.resolve() };
  const joined = joinSocket(
    socket,
    {
      incoming,
      signal: gone.signal,
      write(bytes) {
        client.text += Buffer.from(bytes).toString();
        return client.ready;
      },
      end() {
        client.isEnded = true;
      },
    },
    clock,
  );
  const [pod] = await accepted;
  return { client, incoming, gone, joined, pod, socket };
}

it('waits for the answer of a pod whose client has ended', async () => {
  const { client, incoming, joined, pod } = await join();
  incoming.push(Buffer.from('question'));
  incoming.end();
  const [question] = await once(pod, 'data');
  expect(String(question)).toBe('question');
  await once(pod, 'end');
  expect(client.isEnded).toBe(false);
  pod.end('answer');
  await joined;
  expect(client).toMatchObject({ text: 'answer', isEnded: true });
});

it('takes last bytes for a pod that has ended, but only for so long', async () => {
  const fires: (() => void)[] = [];
  const timer = (_delayMs: number, fire: () => void) => {
    fires.push(fire);
    return { cancel() {} };
  };
  const { client, incoming, joined, pod } = await join({ ...hostClock, timer });
  pod.end('bye');
  while (fires.length === 0) await new Promise(setImmediate);
  expect(client).toMatchObject({ text: 'bye', isEnded: true });
  incoming.push(Buffer.from('last words'));
  const [words] = await once(pod, 'data');
  expect(String(words)).toBe('last words');
  fires[0]!();
  await joined;
});

it.each([
  ['before it has ended', () => {}],
  ['after its end', (incoming: ItemQueue<Uint8Array>) => incoming.end()],
])('resets the connection of a client that vanishes %s', async (_name, before) => {
  const { incoming, gone, joined, pod } = await join();
  before(incoming);
  await new Promise(setImmediate);
  gone.abort();
  await joined;
  pod.write('anybody there?');
  pod.resume();
  const [error] = (await once(pod, 'error')) as [NodeJS.ErrnoException];
  expect(['ECONNRESET', 'EPIPE']).toContain(error.code);
});

it('closes the connection of a client that vanishes once the pod has ended', async () => {
  const { client, gone, joined, pod } = await join();
  pod.end('bye');
  while (!client.isEnded) await new Promise(setImmediate);
  gone.abort();
  await joined;
  pod.resume();
  await once(pod, 'end');
});

it('closes the connection of a client that vanishes while its end is on the way', async () => {
  const { incoming, gone, joined, pod, socket } = await join();
  pod.pause();
  while (socket.writableLength === 0) {
    incoming.push(Buffer.alloc(4_096));
    await new Promise(setImmediate);
  }
  incoming.end();
  while (!socket.writableEnded) await new Promise(setImmediate);
  gone.abort();
  await joined;
  const closed = new Promise((resolve) => pod.once('close', resolve));
  pod.on('error', () => {}).on('end', () => pod.end());
  pod.resume();
  await closed;
});

it('ends the client when the pod resets', async () => {
  const { client, joined, pod } = await join();
  pod.resetAndDestroy();
  await joined;
  expect(client.isEnded).toBe(true);
});

it('reads no more from the pod than its client takes', async () => {
  const { client, joined, pod } = await join();
  let take = () => {};
  client.ready = new Promise((resolve) => {
    take = resolve;
  });
  const bytes = 32 * 1024 * 1024;
  pod.end(Buffer.alloc(bytes, 'x'));
  while (client.text === '') await new Promise(setImmediate);
  for (let turns = 0; turns < 100; turns++) await new Promise(setImmediate);
  expect(client.text.length).toBeLessThan(1024 * 1024);
  take();
  await joined;
  expect(client.text.length).toBe(bytes);
});
