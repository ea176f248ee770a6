import { expect } from 'vitest';
import { deployments, events, pods, replicaSets } from '../../src/client/resources.ts';
import type {
  Deployment,
  DeploymentCondition,
  DeploymentSpec,
  Pod,
  ReplicaSet,
} from '../../src/generated/types.ts';
import { anyImage } from '../../src/sim/images.ts';
import { SimCluster } from './sim-cluster.ts';

const TARGET = { name: 'web', namespace: 'default' };
const IMAGES = [1, 2, 3, 4, 5].map((version) => anyImage(`web:${version}`));
/** Nothing that is waited for takes longer. */
const LIMIT_MS = 120_000;
/** A readiness probe of every second: of the server when `port` is 80, else of nothing. */
const probeOf = (port: number) => ({ tcpSocket: { port }, periodSeconds: 1 });

/** The pods of an image, ready when something serves `port`. */
export function template(image: string, port = 80): DeploymentSpec['template'] {
  return {
    metadata: { labels: { app: 'web' } },
    spec: {
      containers: [{ name: 'web', image, readinessProbe: probeOf(port) }],
      terminationGracePeriodSeconds: 5,
    },
  };
}

/** A simulated cluster and its Deployment `web`. */
export class SimDeployment {
  readonly sim: SimCluster;

  private constructor(sim: SimCluster) {
    this.sim = sim;
  }

  static async start(): Promise<SimDeployment> {
    return new SimDeployment(await SimCluster.start(1, IMAGES));
  }

  /** Deletes all pods, so that no container goes on after the cluster. */
  async stop(): Promise<void> {
    const { admin, clock } = this.sim;
    const { items } = await admin.list(deployments);
    for (const { metadata } of items) {
      await admin.delete(deployments, metadata.name ?? '', metadata.namespace);
    }
    await clock.advance(60_000);
    expect((await this.pods()).map(({ metadata }) => metadata.name)).toEqual([]);
    await this.sim.stop();
    expect(clock.pending).toBe(0);
  }

  create(spec: Partial<DeploymentSpec> = {}): Promise<Deployment> {
    return this.sim.admin.create(deployments, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...TARGET },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'web' } },
        template: template('web:1'),
        ...spec,
      },
    });
  }

  /** Creates it and waits until all its pods are available. */
  async run(spec: Partial<DeploymentSpec> = {}): Promise<void> {
    await this.create(spec);
    await this.untilDone();
  }

  patch(spec: object): Promise<Deployment> {
    return this.sim.admin.patch(deployments, TARGET, 'strategic', { spec });
  }

  /** Changes the image of its pods, or which port is probed. */
  roll(image: string, port = 80): Promise<Deployment> {
    return this.patch({ template: template(image, port) });
  }

  get(): Promise<Deployment> {
    return this.sim.admin.get(deployments, 'web', 'default');
  }

  async condition(type: string): Promise<DeploymentCondition | undefined> {
    return (await this.get()).status?.conditions?.find((condition) => condition.type === type);
  }

  /** Its sets by revision. */
  async sets(): Promise<ReplicaSet[]> {
    const { items } = await this.sim.admin.list(replicaSets, { namespace: 'default' });
    return items.toSorted((a, b) => revisionOf(a) - revisionOf(b));
  }

  /** Image, revision and wanted, ready pods of each set, by revision: `web:1 #1 3/3`. */
  async setTexts(): Promise<string[]> {
    return (await this.sets()).map((set) => {
      const image = set.spec.template?.spec?.containers[0]?.image;
      return `${image} #${revisionOf(set)} ${set.spec.replicas}/${set.status?.readyReplicas ?? 0}`;
    });
  }

  async pods(): Promise<readonly Pod[]> {
    return (await this.sim.admin.list(pods, { namespace: 'default' })).items;
  }

  /** What was told of it, as `reason: message`, sets named by their image. */
  async told(): Promise<string[]> {
    const { items } = await this.sim.admin.list(events, { namespace: 'default' });
    const images = (await this.sets()).map(
      ({ metadata, spec }) =>
        [metadata.name ?? '', spec.template?.spec?.containers[0]?.image ?? ''] as const,
    );
    return items
      .filter(({ involvedObject }) => involvedObject.kind === 'Deployment')
      .map(({ reason, message }) =>
        images.reduce((text, [name, image]) => text.replace(name, image), `${reason}: ${message}`),
      );
  }

  /** Waits until `condition` holds, half a second at a time. */
  async until(condition: () => Promise<boolean>): Promise<void> {
    for (let ms = 0; ms < LIMIT_MS; ms += 500) {
      if (await condition()) return;
      await this.sim.clock.advance(500);
    }
    expect.fail(`still ${JSON.stringify((await this.get()).status)}`);
  }

  /** As `kubectl rollout status` waits. */
  untilDone(): Promise<void> {
    return this.until(async () => {
      const { metadata, spec, status = {} } = await this.get();
      const counts = [status.replicas, status.updatedReplicas, status.availableReplicas];
      return (
        (status.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
        counts.every((count = 0) => count === spec.replicas)
      );
    });
  }
}

function revisionOf({ metadata }: ReplicaSet): number {
  return Number(metadata.annotations?.['deployment.kubernetes.io/revision']);
}
