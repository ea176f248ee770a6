import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type BuiltImage, buildImages } from './build.ts';
import { defaultCacheFolder, ImageCache } from './image-cache.ts';
import { pushImage } from './push-image.ts';
import { findRegistryProgram } from './registry-program.ts';

/** The registries whose names the images carry and that a node must be told to mirror. */
export const MIRRORED_HOSTS = [
  'docker.io',
  'gcr.io',
  'k8s.gcr.io',
  'registry.k8s.io',
  'quay.io',
] as const;

const START_MS_MAX = 10_000;
const POLL_MS = 20;
const LOG_CHARACTERS_MAX = 4_000;

/** A running registry that holds every test image. */
export type TestRegistry = {
  /** `http://127.0.0.1:PORT`, to be set as the mirror of MIRRORED_HOSTS. */
  url: string;
  images: BuiltImage[];
  /** `HOST=URL` for each mirrored registry, as the option --registry-mirror takes them. */
  mirrors: string[];
  /** Resolves once the signal was aborted and the process and its files are gone. */
  stopped: Promise<void>;
};

/**
 * Builds the test images where the cache lacks them and serves them from Debian's docker-registry
 * on a free loopback port, with a storage folder of its own that goes when it stops.
 *
 * @param signal stops the registry; await `stopped` then
 * @throws when images cannot be built or the registry does not start within ten seconds
 */
export async function startRegistry(
  signal: AbortSignal,
  cacheFolder = defaultCacheFolder(),
): Promise<TestRegistry> {
  const cache = new ImageCache(cacheFolder);
  const images = await buildImages(cacheFolder);
  const program = await findRegistryProgram(cache);
  signal.throwIfAborted();
  const folder = await mkdtemp(join(tmpdir(), 'proa-registry-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await writeFile(join(folder, 'config.yml'), registryConfig(join(folder, 'data'), port));
  const server = runRegistry(program, folder, signal);
  try {
    await server.answers(url);
    const pushed = new Map<string, string>();
    for (const image of images) await pushImage(url, image, cache, pushed);
  } catch (error) {
    server.kill();
    await server.stopped;
    throw error;
  }
  const mirrors = MIRRORED_HOSTS.map((host) => `${host}=${url}`);
  return { url, images, mirrors, stopped: server.stopped };
}

function registryConfig(data: string, port: number): string {
  return JSON.stringify({
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: data },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: `127.0.0.1:${port}` },
  });
}

function runRegistry(program: string, folder: string, signal: AbortSignal) {
  // setpriv makes the kernel end the registry should this process be killed outright.
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', program, 'serve', join(folder, 'config.yml')],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH } },
  );
  let log = '';
  const keepEnd = (part: Buffer) => {
    log = (log + part.toString()).slice(-LOG_CHARACTERS_MAX);
  };
  child.stdout.on('data', keepEnd);
  child.stderr.on('data', keepEnd);
  // It writes nothing that is worth a graceful end.
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  const stopped = ended(child).then(async () => {
    signal.removeEventListener('abort', kill);
    await rm(folder, { recursive: true, force: true });
  });
  const answers = async (url: string) => {
    for (const deadline = Date.now() + START_MS_MAX; ; await sleep(POLL_MS)) {
      signal.throwIfAborted();
      const answered = await fetch(`${url}/v2/`).then(
        (response) => response.ok,
        () => false,
      );
      if (answered) return;
      if (child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`Cannot start docker-registry: ${log}`);
      }
    }
  };
  return { answers, kill, stopped };
}

async function ended(child: ChildProcess): Promise<void> {
  try {
    await once(child, 'close');
  } catch {
    // It could not be started at all; whoever waits for its answer says so.
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('Cannot find a free port');
  return address.port;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
  const registry = await startRegistry(controller.signal);
  console.log(registry.mirrors.map((mirror) => `--registry-mirror ${mirror}`).join(' '));
  await registry.stopped;
}
