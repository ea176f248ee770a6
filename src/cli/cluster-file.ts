import { readFile, rename, writeFile } from 'node:fs/promises';
import { type EvictionOptions, evictionThresholds } from '../kubelet/eviction/eviction-options.ts';
import { ThresholdError } from '../kubelet/eviction/thresholds.ts';
import { UserError } from './user-error.ts';

/** What a cluster was made with. A later `up` without options uses the same again. */
export interface ClusterSettings {
  readonly port: number;
  readonly runtime: 'containerd' | 'sim';
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly nodeName: string;
  /** `HOST=URL` each. */
  readonly registryMirrors: readonly string[];
  /** Below what the node evicts pods, as upstream's evictionHard. */
  readonly evictionHard: string;
  /** Below what it does when that has lasted, as evictionSoft; absent in files of earlier versions. */
  readonly evictionSoft?: string;
  /** How long it must have lasted, as evictionSoftGracePeriod. */
  readonly evictionSoftGracePeriod?: string;
  /** The most seconds that a pod gets to end then, as evictionMaxPodGracePeriod. */
  readonly evictionMaxPodGracePeriod?: number;
}

/** What objects in the store rely on. */
const FOR_LIFE = [
  ['podCidr', '--pod-cidr'],
  ['serviceCidr', '--service-cidr'],
  ['nodeName', '--node-name'],
  ['runtime', '--runtime'],
] as const;

/** The options of one `up`: those that were given. */
export type ClusterOptions = Partial<ClusterSettings>;

/**
 * The settings for this `up`: what was asked, else what the cluster had, else the defaults.
 *
 * @throws UserError for what a cluster keeps for life, or what makes no sense
 */
export function settle(
  asked: ClusterOptions,
  previous: ClusterSettings | null,
  defaults: ClusterSettings,
): ClusterSettings {
  const chosen = { ...defaults, ...previous, ...withoutUndefined(asked) };
  validate(chosen);
  for (const [name, option] of FOR_LIFE) {
    if (previous !== null && previous[name] !== chosen[name]) {
      throw new UserError(
        `this cluster was made with ${option} ${previous[name]} and cannot change to ` +
          `${chosen[name]}; use another --home, or 'proa delete' first`,
      );
    }
  }
  return chosen;
}

function validate(settings: ClusterSettings): void {
  const { port, runtime, podCidr, serviceCidr, nodeName, registryMirrors } = settings;
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new UserError(`--port must be a number between 1 and 65535, not ${port}`);
  }
  if (runtime !== 'containerd' && runtime !== 'sim') {
    throw new UserError(`--runtime must be containerd or sim, not ${runtime}`);
  }
  const pods = parseCidr('--pod-cidr', podCidr);
  const services = parseCidr('--service-cidr', serviceCidr);
  if (pods.first <= services.last && services.first <= pods.last) {
    throw new UserError(`--pod-cidr ${podCidr} and --service-cidr ${serviceCidr} overlap`);
  }
  if (!/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/.test(nodeName)) {
    throw new UserError(`--node-name must be a lowercase DNS name, not ${nodeName}`);
  }
  checkEviction(settings);
  for (const mirror of registryMirrors) {
    if (!/^[^=/\s]+=https?:\/\/\S+$/.test(mirror)) {
      throw new UserError(`--registry-mirror must be HOST=URL, not ${mirror}`);
    }
  }
}

function checkEviction(settings: ClusterSettings): void {
  const {
    hard,
    soft,
    softGracePeriod,
    maxPodGraceSeconds: seconds = 0,
  } = evictionOptions(settings);
  checkThresholds('--eviction-hard', { hard });
  checkThresholds('--eviction-soft', { soft, softGracePeriod });
  if (!Number.isInteger(seconds) || seconds < 0) {
    throw new UserError(`--eviction-max-pod-grace-period must be whole seconds, not ${seconds}`);
  }
}

function checkThresholds(option: string, options: EvictionOptions): void {
  try {
    evictionThresholds(options);
  } catch (error) {
    if (error instanceof ThresholdError) throw new UserError(`${option}: ${error.message}`);
    throw error;
  }
}

/** The settings that say when the node evicts pods, as the kubelet takes them. */
export function evictionOptions(settings: ClusterSettings): EvictionOptions {
  return {
    hard: settings.evictionHard,
    soft: settings.evictionSoft,
    softGracePeriod: settings.evictionSoftGracePeriod,
    maxPodGraceSeconds: settings.evictionMaxPodGracePeriod,
  };
}

/** The first and last address of an IPv4 range of 2 to 2^24 addresses, as numbers. */
export function parseCidr(option: string, cidr: string): { first: number; last: number } {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  const [a = 256, b = 256, c = 256, d = 256, bits = 0] = (match ?? []).slice(1).map(Number);
  if (Math.max(a, b, c, d) > 255 || bits < 8 || bits > 28) {
    throw new UserError(`${option} must be an IPv4 range such as 10.42.0.0/16, not ${cidr}`);
  }
  const size = 2 ** (32 - bits);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  if (address % size !== 0) {
    throw new UserError(`${option} ${cidr} has address bits set beyond its prefix`);
  }
  return { first: address, last: address + size - 1 };
}

/** The `offset`-th address of a range: 10.43.0.1 is number 1 of 10.43.0.0/16. */
export function addressInCidr(cidr: string, offset: number): string {
  const address = parseCidr('the range', cidr).first + offset;
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** Whether options ask for anything but what a cluster has. */
export function differs(asked: ClusterOptions, settings: ClusterSettings): boolean {
  const now = Object.entries({ ...settings, ...withoutUndefined(asked) }).sort();
  return JSON.stringify(now) !== JSON.stringify(Object.entries(settings).sort());
}

/** Null when no cluster was made here yet. */
export async function readClusterFile(file: string): Promise<ClusterSettings | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ClusterSettings;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export async function writeClusterFile(file: string, settings: ClusterSettings): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function withoutUndefined<T extends object>(object: T): Partial<T> {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}
