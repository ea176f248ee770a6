import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, sleep } from '../../base/clock.ts';
import { hostClock } from '../clock.ts';
import { commandLine, readAllStats } from '../process-stat.ts';
import { PodDialer } from './pod-dialer.ts';

const HERE: readonly string[] = ['env'];
const never = new AbortController().signal;

/** Timers that fire when told to. */
class HeldClock implements Clock {
  readonly held = new Set<{ delayMs: number; fire: () => void }>();
  now = hostClock.now;
  monotonic = hostClock.monotonic;

  timer(delayMs: number, fire: () => void) {
    const timer = { delayMs, fire };
    this.held.add(timer);
    return { cancel: () => void this.held.delete(timer) };
  }

  fireAll(): void {
    for (const timer of [...this.held]) {
      this.held.delete(timer);
      timer.fire();
    }
  }
}

/** The processes that dial, among this one's. */
function helpers(): number {
  const isOne = ({ pid, parent, zombie }: ReturnType<typeof readAllStats>[number]) =>
    parent === process.pid && !zombie && commandLine(pid)[0] === 'proa-dial';
  return readAllStats().filter(isOne).length;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(hostClock, 5);
}

/** All that comes; the other direction stays open. */
async function textOf(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (bytes) => {
    text += String(bytes);
  });
  socket.resume();
  await once(socket, 'end');
  return text;
}

describe('PodDialer', () => {
  let clock: HeldClock;
  let dialer: PodDialer;
  let enter: readonly string[];
  let network: string | null;
  let asked: number;
  const servers: Server[] = [];

  async function listen(host: string, serve: (socket: Socket) => void): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, serve).listen(0, host);
    servers.push(server);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  beforeEach(() => {
    clock = new HeldClock();
    enter = HERE;
    network = '/run/netns/a';
    asked = 0;
    dialer = new PodDialer({
      async networkOf() {
        asked++;
        return network;
      },
      enter: () => enter,
      clock,
    });
  });

  afterEach(async () => {
    dialer.stop();
    for (const server of servers.splice(0)) server.close();
    await until(() => helpers() === 0);
    expect(clock.held.size).toBe(0);
  });

  it.each([
    ['from a process within', '/run/netns/a', '127.0.0.1'],
    ['from a process within, at the loopback of IPv6', '/run/netns/a', '::1'],
    ['from here where the pod has the network of the node', null, '127.0.0.1'],
  ])('connects %s, and each direction ends by itself', async (_name, path, host) => {
    network = path;
    const port = await listen(host, async (socket) => {
      socket.end(`heard ${await textOf(socket)}`);
    });
    const socket = await dialer.dial('s', port, never);
    socket.end('hello');
    expect(await textOf(socket)).toBe('heard hello');
    expect(helpers()).toBe(path === null ? 0 : 1);
  });

  it('makes many connections by one process, which ends when idle', async () => {
    const port = await listen('127.0.0.1', (socket) => socket.end('hi'));
    const dials = Array.from({ length: 100 }, () => dialer.dial('s', port, never));
    const texts = await Promise.all((await Promise.all(dials)).map(textOf));
    expect(texts).toEqual(texts.map(() => 'hi'));
    expect([helpers(), asked]).toEqual([1, 1]);
    expect([...clock.held].map(({ delayMs }) => delayMs)).toEqual([10_000]);
    clock.fireAll();
    await until(() => helpers() === 0);
    expect(await textOf(await dialer.dial('s', port, never))).toBe('hi');
  });

  it('says what containerd says when nobody listens', async () => {
    const why = (network: string, address: string) =>
      `dial ${network} ${address}: connect: connection refused`;
    await expect(dialer.dial('s', 1, never)).rejects.toThrow(
      'error forwarding port 1 to pod s, uid : failed to execute portforward in network ' +
        'namespace "/run/netns/a": failed to connect to localhost:1 inside namespace "s", ' +
        `IPv4: ${why('tcp4', '127.0.0.1:1')} IPv6 ${why('tcp6', '[::1]:1')} `,
    );
    network = null;
    await expect(dialer.dial('h', 1, never)).rejects.toThrow(
      'in network namespace "host": failed to connect to localhost:1',
    );
  });

  it.each([
    ['cannot be started', ['/nonexistent/enter'], 'spawn /nonexistent/enter ENOENT'],
    ['does not get in', ['sh', '-c', 'echo nsenter: no such network >&2; exit 1'], 'such network'],
  ])('says why when the process %s, and tries anew', async (_name, command, text) => {
    const port = await listen('127.0.0.1', (socket) => socket.end('hi'));
    enter = command;
    await expect(dialer.dial('s', port, never)).rejects.toThrow(text);
    enter = HERE;
    expect(await textOf(await dialer.dial('s', port, never))).toBe('hi');
  });

  it('takes no process that ended for one that can still connect', async () => {
    const port = await listen('127.0.0.1', (socket) => socket.end('hi'));
    expect(await textOf(await dialer.dial('s', port, never))).toBe('hi');
    for (const { pid, parent } of readAllStats()) {
      if (parent === process.pid && commandLine(pid)[0] === 'proa-dial') process.kill(pid, 9);
    }
    await until(() => clock.held.size === 0);
    expect(await textOf(await dialer.dial('s', port, never))).toBe('hi');
  });

  it('ends the process with its sandbox, and a dial that waits for it', async () => {
    const port = await listen('127.0.0.1', (socket) => socket.end('hi'));
    const socket = await dialer.dial('s', port, never);
    const waits = dialer.dial('s', port, never);
    dialer.leave('s');
    await expect(waits).rejects.toThrow('network namespace');
    await until(() => helpers() === 0);
    // What was connected stays so.
    expect(await textOf(socket)).toBe('hi');
  });

  it('gives up with its client, or at a limit', async () => {
    // It never gets to connecting.
    enter = ['sh', '-c', 'exec sleep 60'];
    const client = new AbortController();
    const left = dialer.dial('s', 1, client.signal);
    const late = dialer.dial('s', 1, never);
    await until(() => clock.held.size === 2);
    client.abort();
    await expect(left).rejects.toThrow('timeout');
    clock.fireAll();
    await expect(late).rejects.toThrow('dial tcp4 127.0.0.1:1: i/o timeout');
  });

  it('keeps few processes: the one that has been idle longest makes room', async () => {
    const port = await listen('127.0.0.1', (socket) => socket.end('hi'));
    for (let i = 0; i < 17; i++) await textOf(await dialer.dial(`s${i}`, port, never));
    await until(() => helpers() === 16);
    expect(clock.held.size).toBe(16);
    expect(asked).toBe(17);
  });
});
