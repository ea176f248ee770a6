import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureCertificates } from '../../src/host/pki/certificates.ts';
import type { Figure } from '../figures.ts';
import { HttpClient } from '../http-client.ts';
import { podBody } from '../pod-body.ts';
import { usageOf } from '../process-usage.ts';
import { share, type Work } from './api.ts';

const CLIENTS = 32;
const OPERATIONS = 8_000;
const server = fileURLToPath(new URL('../bare-server.ts', import.meta.url));

/**
 * What Node's own HTTPS does on this machine at this hour, with the clients of the API scenario:
 * no API server in this process model can be faster.
 */
export async function ceilingScenario(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'proa-bench-ceiling-'));
  const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
  const { ca, admin } = await ensureCertificates(folder, names);
  const child = spawn(process.execPath, ['--import', 'tsx', server, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const access = { port: Number(line), ca, ...admin };
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, () => HttpClient.open(access)),
    );
    const run = async (name: string, work: Work): Promise<Figure> => {
      const { cpuSeconds } = usageOf(child.pid as number);
      const startedAt = performance.now();
      await share(clients, OPERATIONS, work);
      const value = OPERATIONS / ((performance.now() - startedAt) / 1000);
      const used = usageOf(child.pid as number).cpuSeconds - cpuSeconds;
      const cpuMs = (used * 1000) / OPERATIONS;
      return { scenario: 'ceiling: bare HTTPS', name, value, unit: '/s', cpuMs };
    };
    const figures = [
      await run('get 1.4 KB', (client) => client.request('GET', '/')),
      await run('post 1.4 KB, parsed and sent back', (client, index) =>
        client.request('POST', '/', 'application/json', podBody(index)),
      ),
    ];
    for (const client of clients) client.close();
    return figures;
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
}
