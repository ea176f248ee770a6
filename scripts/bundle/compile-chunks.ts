import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compileChunk } from '../../src/cli/launch/chunk-loader.ts';
import { codeFile, keepCode } from '../../src/cli/launch/kept-code.ts';

const START_MS_MAX = 20_000;
/** The last line that a start writes before it says what to do next. */
const IS_UP = /is Ready/;

/**
 * Leaves compiled code beside the chunks and answers its files. A simulated cluster is started and
 * stopped for it, so that the code holds every function that a start calls; of chunks that it does
 * not load, what runs when they are loaded. Without the code the program works all the same.
 */
export async function compileChunks(files: readonly string[]): Promise<string[]> {
  const chunks = files.filter((file) => file.endsWith('.cjs') && !file.endsWith('/proa.cjs'));
  for (const chunk of chunks) rmSync(codeFile(chunk), { force: true });
  await startOnce().catch((error: Error) => {
    console.warn(`the trial start failed, so starts will take longer: ${error.message}`);
  });
  for (const chunk of chunks.filter((chunk) => !existsSync(codeFile(chunk)))) {
    const { file, source, script } = compileChunk(resolve(chunk));
    keepCode(file, source, script.createCachedData());
  }
  return chunks.map(codeFile);
}

/** Starts a cluster from nothing, in a process that keeps its code, and stops it. */
async function startOnce(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'proa-build-'));
  const port = String(await freePort());
  const args = ['up', '--foreground', '--runtime', 'sim', '--home', home, '--port', port];
  const child = spawn(process.execPath, ['bin/proa', ...args, '--no-merge-kubeconfig'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PROA_KEEP_CODE: '1' },
    timeout: START_MS_MAX,
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    if (IS_UP.test(output)) child.kill('SIGTERM');
  });
  const code = await new Promise((done) => child.once('close', done));
  rmSync(home, { recursive: true, force: true });
  if (code !== 0 || !IS_UP.test(output)) throw new Error(`it ended with code ${code}: ${output}`);
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.on('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
