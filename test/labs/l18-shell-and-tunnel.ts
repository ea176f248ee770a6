import { expect } from 'vitest';
import { connectTo, forwardedPort, readAll } from '../harness/forwarded-port.ts';
import type { Lab } from '../harness/lab.ts';
import { HELLO_WORLD } from './manifests.ts';

const POD = 'hello-world-pod';
const CONNECTIONS = 50;

/** Document 004: a shell in the container, at a real terminal. */
export async function shell(lab: Lab): Promise<void> {
  await lab.apply('pod.yaml', HELLO_WORLD);
  await lab.waitForReady(POD);
  const terminal = await lab.kubectl.terminal('exec', '-it', POD, '--', '/bin/sh');
  await terminal.waitFor(/# /);
  terminal.type('tty && stty size\r');
  await terminal.waitFor(/\/dev\/pts\/\d+\r\n30 100\r\n/);

  terminal.resize(44, 88);
  terminal.type('until [ "$(stty size)" = "44 88" ]; do sleep 0.1; done\r');
  terminal.type("sh -c 'stty size; exec sleep 600'\r");
  await terminal.waitFor(/\n44 88\r\n/);
  // Ctrl-C ends the command, not the shell and not kubectl.
  terminal.type('\u0003');
  terminal.type('echo still $((20+22))\r');
  await terminal.waitFor(/\nstill 42\r\n/);
  terminal.type('exit 5\r');
  expect(await terminal.ended()).toBe(5);
  expect(terminal.shown()).toContain('command terminated with exit code 5');
}

/** Document 004: a port of the pod on the local machine. */
export async function tunnel(lab: Lab): Promise<void> {
  await lab.apply('pod.yaml', HELLO_WORLD);
  await lab.waitForReady(POD);
  const port = await forwardedPort(lab, POD, 8080);
  const pages = Array.from({ length: CONNECTIONS }, async () => {
    const socket = await connectTo(port);
    socket.write('GET / HTTP/1.0\r\n\r\n');
    return readAll(socket);
  });
  for (const page of await Promise.all(pages)) expect(page).toContain('Hello, world!');
  // The next one works after all of these have ended.
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  expect(await answer.text()).toContain(`Hostname: ${POD}`);
}
