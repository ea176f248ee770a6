import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureCertificates } from '../../src/host/pki/certificates.ts';
import type { Target } from '../phase.ts';

const server = fileURLToPath(new URL('../bare-server.ts', import.meta.url));

/**
 * Runs `work` against a server of Node's own HTTPS, in a process of its own, with nothing behind
 * it: no API server in this process model can be faster. The same clients drive both.
 */
export async function withBareServer<T>(work: (target: Target) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'proa-bench-bare-'));
  const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
  const { ca, admin } = await ensureCertificates(folder, names);
  // A session of its own, which the kernel may prefer, and an end with its standard input.
  const child = spawn(process.execPath, ['--import', 'tsx', server, folder], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return await work({ access: { port: Number(line), ca, ...admin }, pid: child.pid as number });
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
}
