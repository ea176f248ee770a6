import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAccess } from '../../src/cli/kubeconfig/read-access.ts';
import type {
  ContainerStatus,
  CoreV1Event,
  Pod,
  ServiceAccount,
} from '../../src/generated/types.ts';
import { Api } from './api.ts';
import type { TestCluster } from './cluster.ts';
import { containerEnvironment, containerPid, cpuQuotaOf } from './container-process.ts';
import type { FoundKubectl } from './find-kubectl.ts';
import { Kubectl, type RunningKubectl } from './kubectl.ts';
import { waitUntil } from './wait-until.ts';

/** Waits of tests that do not say how long: nothing but a fault takes so long. */
const WAIT_MS = 30_000;

/**
 * A person's desk: a folder, and a kubectl whose kubeconfig has a namespace of the lab's own as
 * its default, so that the documents' commands and manifests run as they are printed, side by
 * side.
 */
export class Lab {
  readonly cluster: TestCluster;
  readonly namespace: string;
  readonly api: Api;
  readonly kubectl: Kubectl;
  readonly #running: RunningKubectl[] = [];

  constructor(cluster: TestCluster, namespace: string, api: Api, kubectl: Kubectl) {
    this.cluster = cluster;
    this.namespace = namespace;
    this.api = api;
    this.kubectl = kubectl;
  }

  /** Writes a file of the lab, for `kubectl create -f`. */
  file(name: string, text: string): string {
    const file = join(this.kubectl.folder, name);
    writeFileSync(file, text);
    return file;
  }

  /** Writes a manifest and applies it. */
  async apply(name: string, manifest: string): Promise<void> {
    this.file(name, manifest);
    await this.kubectl.ok('apply', '-f', name);
  }

  /** Creates a pod; the container `main` runs busybox unless the spec says otherwise. */
  createPod(name: string, container: object, spec: object = {}): Promise<Pod> {
    const main = { name: 'main', image: 'busybox', ...container };
    return this.api.send<Pod>('POST', `/api/v1/namespaces/${this.namespace}/pods`, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { containers: [main], terminationGracePeriodSeconds: 1, ...spec },
    });
  }

  /** Starts a kubectl in the background; it ends with the lab. */
  background(...args: string[]): RunningKubectl {
    const running = this.kubectl.start(...args);
    this.#running.push(running);
    return running;
  }

  pod(name: string): Promise<Pod | undefined> {
    return this.api.get<Pod>(`/api/v1/namespaces/${this.namespace}/pods/${name}`);
  }

  /** Waits until a pod is as wanted. */
  waitForPod(
    name: string,
    what: string,
    isSo: (pod: Pod) => boolean,
    timeoutMs = WAIT_MS,
  ): Promise<Pod> {
    let last: Pod | undefined;
    return waitUntil(
      `pod ${name} ${what}`,
      timeoutMs,
      async () => {
        last = await this.pod(name);
        return last !== undefined && isSo(last) && last;
      },
      () => `its status was ${JSON.stringify(last?.status)}`,
    );
  }

  waitForReady(name: string, timeoutMs = WAIT_MS): Promise<Pod> {
    return this.waitForPod(name, 'is ready', isReady, timeoutMs);
  }

  waitForPhase(name: string, phase: string, timeoutMs = WAIT_MS): Promise<Pod> {
    return this.waitForPod(name, `is ${phase}`, (pod) => pod.status?.phase === phase, timeoutMs);
  }

  waitForGone(name: string, timeoutMs = WAIT_MS): Promise<boolean> {
    return waitUntil(
      `pod ${name} is gone`,
      timeoutMs,
      async () => (await this.pod(name)) === undefined,
    );
  }

  /** The events of a pod, oldest first. */
  async events(name: string): Promise<CoreV1Event[]> {
    const list = await this.api.get<{ items: CoreV1Event[] }>(
      `/api/v1/namespaces/${this.namespace}/events`,
    );
    const time = (event: CoreV1Event) => event.firstTimestamp ?? event.eventTime ?? '';
    return (list?.items ?? [])
      .filter(({ involvedObject }) => involvedObject.name === name)
      .sort((a, b) => time(a).localeCompare(time(b)));
  }

  /** Waits for an event of a pod. */
  waitForEvent(
    name: string,
    reason: string,
    text: RegExp | string,
    timeoutMs = WAIT_MS,
  ): Promise<CoreV1Event> {
    let last: CoreV1Event[] = [];
    const isSo = ({ reason: given, message = '' }: CoreV1Event) =>
      given === reason && (typeof text === 'string' ? message === text : text.test(message));
    return waitUntil(
      `pod ${name} has an event ${reason} "${text}"`,
      timeoutMs,
      async () => {
        last = await this.events(name);
        return last.find(isSo);
      },
      () => `it had ${last.map(({ reason, message }) => `${reason} "${message}"`).join(', ')}`,
    );
  }

  /** The process of a running container, on this machine. */
  async pid(name: string, container?: string): Promise<number> {
    const pod = await this.pod(name);
    const id = containerStatus(pod, container).containerID;
    return containerPid(this.cluster.home, id ?? 'none');
  }

  /** A path of a container's, as this machine reaches it while the container runs. */
  async pathIn(name: string, path: string, container?: string): Promise<string> {
    return `/proc/${await this.pid(name, container)}/root${path}`;
  }

  /** The text of a file; '' when it is not there (yet). */
  read(file: string): string {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  }

  /** The environment that a container was started with, `NAME=value` each. */
  async environment(name: string): Promise<string[]> {
    const id = containerStatus(await this.pod(name)).containerID;
    return containerEnvironment(this.cluster.home, id ?? 'none');
  }

  /** How many processors a container may use, as its cgroup says; 0 for no limit. */
  async cpuQuota(name: string): Promise<number> {
    return cpuQuotaOf(await this.pid(name));
  }

  /** What a person would look at after a failure. */
  async describe(): Promise<string> {
    const { stdout, stderr } = await this.kubectl.run(['describe', 'pods']);
    return `${stdout}${stderr}`;
  }

  /** Ends what runs and removes namespace and folder, and waits for neither pods nor events. */
  async close(): Promise<void> {
    for (const running of this.#running) await running.stop();
    const pods = ['delete', 'pods', '--all', '--grace-period=0', '--force', '--ignore-not-found'];
    await this.kubectl.run(pods);
    await this.kubectl.run(['delete', 'namespace', this.namespace, '--wait=false']);
    this.api.close();
    rmSync(this.kubectl.folder, { recursive: true, force: true });
  }
}

/**
 * Opens a lab: makes its namespace and waits for the service account that pods need.
 *
 * @param name names its namespace; a DNS label
 */
export async function openLab(
  cluster: TestCluster,
  { file }: FoundKubectl,
  name: string,
): Promise<Lab> {
  const access = await readAccess(cluster.home);
  const folder = mkdtempSync(join(tmpdir(), `proa-lab-${name}-`));
  const kubeconfig = join(folder, 'kubeconfig');
  const kubectl = new Kubectl(file, kubeconfig, folder);
  const api = new Api(access);
  const { stdout } = await cluster.proa(['kubeconfig']);
  writeFileSync(kubeconfig, stdout, { mode: 0o600 });
  await kubectl.ok('create', 'namespace', name);
  await kubectl.ok('config', 'set-context', '--current', `--namespace=${name}`);
  const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
  await waitUntil('the default service account', WAIT_MS, () => api.get<ServiceAccount>(account));
  return new Lab(cluster, name, api, kubectl);
}

/** Runs `work` in a lab; a failure says what a person would look at. */
export async function inLab(
  cluster: TestCluster,
  kubectl: FoundKubectl,
  name: string,
  work: (lab: Lab) => Promise<void>,
): Promise<void> {
  const lab = await openLab(cluster, kubectl, name);
  try {
    await work(lab);
  } catch (error) {
    if (error instanceof Error) error.message += `\n\n${await lab.describe()}`;
    throw error;
  } finally {
    await lab.close();
  }
}

export function isReady(pod: Pod): boolean {
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True';
}

/** The status of a container; of the first without a name. Throws when there is none. */
export function containerStatus(pod: Pod | undefined, container?: string): ContainerStatus {
  const { containerStatuses = [], initContainerStatuses = [] } = pod?.status ?? {};
  const all = [...containerStatuses, ...initContainerStatuses];
  const status = all.find(({ name }) => container === undefined || name === container);
  if (status === undefined) throw new Error(`no status of container ${container ?? '1'}`);
  return status;
}

/** How often a pod's containers were started again. */
export function restarts(pod: Pod): number {
  const statuses = pod.status?.containerStatuses ?? [];
  return statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
}
