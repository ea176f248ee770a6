import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { processStart } from '../../host/process-stat.ts';
import { homeAt } from '../home.ts';
import { rotateKeyCommand } from './secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'proa-secrets-'));
const home = homeAt(folder);
afterAll(() => rmSync(folder, { recursive: true }));

it('does not say that nothing was changed where it cannot know', async () => {
  const { pid } = process;
  const running = { pid, processStart: processStart(pid), controlSocket: home.controlSocket };
  writeFileSync(home.runFile, JSON.stringify(running));
  // As a daemon that is killed while it changes the key.
  const server = createServer((socket) => socket.once('data', () => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(home.controlSocket, resolve));
  await expect(rotateKeyCommand(home)).rejects.toThrow(
    'the old key may still be in use, run this again: socket hang up',
  );
  await new Promise((resolve) => server.close(resolve));
});
