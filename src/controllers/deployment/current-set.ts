import type { DeploymentStatus, ReplicaSet } from '../../generated/types.ts';
import { hasCause, isReason } from '../../objects/api-error.ts';
import { equalJson } from '../../objects/core/immutable.ts';
import { controllerOf } from '../ownership/controller-reference.ts';
import { conditionOf, type NewCondition, withCondition } from './conditions.ts';
import type { DeploymentWork } from './deployment-work.ts';
import { newReplicaSet } from './new-replica-set.ts';
import { hasDeadline, progressing } from './plan-progress.ts';
import { wantedOf } from './replica-sets.ts';
import { nextRevision, REVISION, revisionAnnotations } from './revisions.ts';
import { equalTemplates } from './template-hash.ts';

/**
 * Brings the current set's revision and annotations up to date, and the Deployment's revision, if
 * there is such a set.
 */
export async function syncCurrentSet(work: DeploymentWork): Promise<void> {
  const { current, old } = work.sets;
  if (current === undefined) return;
  const { deployment } = work;
  const { minReadySeconds } = deployment.spec;
  const present = current.metadata.annotations ?? {};
  const annotations = revisionAnnotations(deployment, present, nextRevision(old));
  const isSame = (current.spec.minReadySeconds ?? 0) === (minReadySeconds ?? 0);
  if (!isSame || !equalJson(annotations, present)) {
    await work.updateSet({
      ...current,
      metadata: { ...current.metadata, annotations },
      spec: { ...current.spec, minReadySeconds },
    });
  }
  const isKnown = conditionOf(deployment.status?.conditions, 'Progressing') !== undefined;
  const message = `Found new replica set "${current.metadata.name}"`;
  const found = progressing('True', 'FoundNewReplicaSet', message);
  const status = isKnown ? (deployment.status ?? {}) : withProgress(work, found);
  await work.writeStatus(status, annotations[REVISION]);
}

/**
 * Makes the set for the Deployment's template.
 *
 * @throws ApiError when that fails, of which the status then tells; when the name belongs to
 *   another set, the next try has another name
 */
export async function createCurrentSet(work: DeploymentWork): Promise<void> {
  const { deployment, sets } = work;
  const wanted = newReplicaSet(deployment, sets.old);
  const { name } = wanted.metadata;
  try {
    await work.createSet(wanted);
  } catch (error) {
    if (isReason(error, 'AlreadyExists')) {
      await takeOrAvoid(work, wanted, error);
      return;
    }
    // All that is made in a namespace that ends fails, and everything in it goes.
    if (!hasCause(error, 'NamespaceTerminating')) await tellFailure(work, name, error);
    throw error;
  }
  const replicas = wantedOf(wanted);
  if (replicas > 0) {
    const message = `Scaled up replica set ${name} from 0 to ${replicas}`;
    work.tell('Normal', 'ScalingReplicaSet', message);
  }
  const created = progressing('True', 'NewReplicaSetCreated', `Created new replica set "${name}"`);
  await work.writeStatus(withProgress(work, created), wanted.metadata.annotations?.[REVISION]);
}

/** The set may be ours, made just now; else its name is avoided from now on. */
async function takeOrAvoid(work: DeploymentWork, wanted: ReplicaSet, error: Error): Promise<void> {
  const { deployment } = work;
  const present = await work.readSet(wanted);
  const isOurs = controllerOf(present)?.uid === deployment.metadata.uid;
  if (isOurs && equalTemplates(present.spec.template, deployment.spec.template)) {
    work.takeSet(present);
    await work.writeStatus(deployment.status ?? {}, present.metadata.annotations?.[REVISION]);
    return;
  }
  const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
  await work.writeStatus({ ...deployment.status, collisionCount });
  throw error;
}

async function tellFailure(
  work: DeploymentWork,
  name: string | undefined,
  error: unknown,
): Promise<void> {
  const text = error instanceof Error ? error.message : String(error);
  const message = `Failed to create new replica set "${name}": ${text}`;
  work.tell('Warning', 'ReplicaSetCreateError', message);
  await work.writeStatus(
    withProgress(work, progressing('False', 'ReplicaSetCreateError', message)),
  );
}

function withProgress(work: DeploymentWork, condition: NewCondition): DeploymentStatus {
  const { status = {} } = work.deployment;
  if (!hasDeadline(work.deployment)) return status;
  const conditions = withCondition(status.conditions ?? [], condition, work.nowMs());
  return { ...status, conditions: [...conditions] };
}
