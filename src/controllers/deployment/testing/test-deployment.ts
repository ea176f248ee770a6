import type {
  Deployment,
  DeploymentSpec,
  DeploymentStatus,
  ReplicaSet,
} from '../../../generated/types.ts';

const DAY = Date.UTC(2026, 0, 2);

/** A Deployment `web` of 10 pods in revision 1, with defaults. */
export function testDeployment(
  spec: Partial<DeploymentSpec> = {},
  status?: DeploymentStatus,
): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', uid: 'd', generation: 1 },
    spec: {
      replicas: 10,
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      selector: { matchLabels: { app: 'web' } },
      template: templateOf('web:1'),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } },
      ...spec,
    },
    status,
  };
}

/** The pods of an image. */
export function templateOf(image: string): DeploymentSpec['template'] {
  return {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'web', image }] },
  };
}

/**
 * A ReplicaSet of some age.
 *
 * @param available how many of its `replicas` are
 * @param annotations without their group, such as `revision`
 */
export function testSet(
  name: string,
  replicas: number,
  available = replicas,
  annotations: Readonly<Record<string, number | string>> = {},
  createdSecond = 0,
): ReplicaSet {
  const creationTimestamp = new Date(DAY + createdSecond * 1_000).toISOString();
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'default',
      uid: name,
      creationTimestamp,
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [
          `deployment.kubernetes.io/${key}`,
          String(value),
        ]),
      ),
    },
    spec: { replicas, selector: {}, template: templateOf(name) },
    status: { replicas, readyReplicas: available, availableReplicas: available },
  };
}
