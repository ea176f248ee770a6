import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { nextInt, type Prng } from '../../../src/base/prng.ts';
import type { Lab } from '../../harness/lab.ts';

/** Pods at a time. */
const PODS_MAX = 12;
/** Between two steps: most pods shall have begun before they are deleted. */
const PAUSE_MS_MAX = 150;
/** Where their host ports begin. */
const FIRST_PORT = 42_300;

type Shape = (number: number) => {
  readonly image?: string;
  readonly ports?: readonly object[];
  readonly volumes?: readonly object[];
  readonly more?: object;
};

/**
 * Says once that it runs, and does nothing more. Not at once: a start that the daemon's end cuts off
 * is taken back by containerd within milliseconds, and made again.
 */
const WITNESS = 'sleep 1; echo "$POD_UID $NAME" >> /witness/log; exec sleep 3600';
const UID = { name: 'POD_UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } };

/** Every sort of thing that a pod may leave behind. */
const SHAPES: readonly Shape[] = [
  () => ({}),
  () => ({ volumes: [{ configMap: { name: 'settings' } }, { secret: { secretName: 'hidden' } }] }),
  () => ({ volumes: [{ emptyDir: { medium: 'Memory' } }, { emptyDir: {} }] }),
  (number) => ({ volumes: [{ persistentVolumeClaim: { claimName: `c-${number}` } }] }),
  (number) => ({ ports: [{ containerPort: 80, hostPort: FIRST_PORT + number }] }),
  () => ({ more: { restartPolicy: 'Never' } }),
  () => ({
    more: { initContainers: [{ name: 'before', image: 'busybox', args: ['true'] }] },
    volumes: [{ secret: { secretName: 'hidden' } }],
  }),
];

/** Lets pods come and go, whoever answers or does not. */
export class Churn {
  readonly #lab: Lab;
  readonly #prng: Prng;
  readonly #witness: string;
  readonly #names = new Set<string>();
  #count = 0;

  /** @param witness a folder of the node in which each container says that it started */
  constructor(lab: Lab, prng: Prng, witness: string) {
    this.#lab = lab;
    this.#prng = prng;
    this.#witness = witness;
  }

  /** What the pods refer to. */
  async prepare(): Promise<void> {
    const { kubectl } = this.#lab;
    await kubectl.ok('create', 'configmap', 'settings', '--from-literal=colour=red');
    await kubectl.ok('create', 'secret', 'generic', 'hidden', '--from-literal=word=x');
    // With the image there, kills fall into starts and ends instead of pulls.
    await this.#lab.createPod('first', { args: ['true'] }, { restartPolicy: 'Never' });
    await this.#lab.waitForPhase('first', 'Succeeded');
    await kubectl.ok('delete', 'pod', 'first');
  }

  /** Creates and deletes until `signal` aborts. A daemon that is gone answers nothing. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const isFull = this.#names.size >= PODS_MAX;
      const step = isFull || nextInt(this.#prng, 3) === 0 ? this.#delete() : this.#create();
      await step.catch(() => {});
      await pass(nextInt(this.#prng, PAUSE_MS_MAX));
    }
  }

  /** How often each container said that it started, by its pod's uid and its name. */
  starts(): ReadonlyMap<string, number> {
    const starts = new Map<string, number>();
    const lines = readFileSync(join(this.#witness, 'log'), 'utf8').trim().split('\n');
    for (const line of lines) starts.set(line, (starts.get(line) ?? 0) + 1);
    return starts;
  }

  async #create(): Promise<void> {
    const number = this.#count++;
    const name = `p-${number}`;
    const shape = SHAPES[nextInt(this.#prng, SHAPES.length)]!(number);
    const { ports = [], volumes = [], more } = shape;
    const named = volumes.map((volume, i) => ({ name: `v-${i}`, ...volume }));
    const mounts = named.map(({ name }) => ({ name, mountPath: `/mnt/${name}` }));
    const witness = { name: 'witness', hostPath: { path: this.#witness } };
    const container = (own: string, rest: object = {}) => ({
      name: own,
      image: 'busybox',
      args: ['sh', '-c', WITNESS],
      env: [UID, { name: 'NAME', value: own }],
      volumeMounts: [{ name: 'witness', mountPath: '/witness' }, ...mounts],
      ...rest,
    });
    this.#names.add(name);
    if (JSON.stringify(named).includes('claimName')) await this.#claim(`c-${number}`);
    const rest = { terminationGracePeriodSeconds: nextInt(this.#prng, 2), ...more };
    const spec = { ...rest, volumes: [witness, ...named] };
    const serve = { args: ['sh', '-c', WITNESS.replace('sleep 3600', 'httpd -f -p 80')] };
    await this.#lab.createPod(
      name,
      container('main', { ports, ...(ports.length > 0 && serve) }),
      spec,
    );
  }

  async #claim(name: string): Promise<void> {
    const { api, namespace } = this.#lab;
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } };
    await api.send('POST', `/api/v1/namespaces/${namespace}/persistentvolumeclaims`, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name },
      spec,
    });
  }

  async #delete(): Promise<void> {
    const names = [...this.#names];
    const name = names[nextInt(this.#prng, Math.max(1, names.length))];
    if (name === undefined) return;
    const { api, namespace } = this.#lab;
    const grace = nextInt(this.#prng, 4) === 0 ? '?gracePeriodSeconds=0' : '';
    const { status } = await api.request(`/api/v1/namespaces/${namespace}/pods/${name}${grace}`, {
      method: 'DELETE',
    });
    if (status < 300 || status === 404) this.#names.delete(name);
  }
}
