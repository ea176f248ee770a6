import type {
  Deployment,
  DeploymentSpec,
  DeploymentStrategy,
  RollingUpdateDeployment,
} from '../../generated/types.ts';
import { type FieldError, forbidden, invalid, notSupported } from '../field-error.ts';
import { percent } from '../names.ts';
import { Path } from '../path.ts';
import { checkCount, checkCounts, checkSelectorAndTemplate } from './check.ts';

const SPEC = Path.of('spec');
const STATUS = Path.of('status');

/** Checks a deployment (with defaults), as upstream's ValidateDeploymentSpec. */
export function validateDeployment({ spec }: Deployment, old?: Deployment): FieldError[] {
  const errors: FieldError[] = [];
  if (spec === old?.spec) return errors;
  checkCount(errors, SPEC, 'replicas', spec.replicas);
  checkSelectorAndTemplate(spec, 'deployment', SPEC, errors);
  validateStrategy(spec.strategy ?? {}, SPEC.child('strategy'), errors);
  checkCount(errors, SPEC, 'minReadySeconds', spec.minReadySeconds);
  checkCount(errors, SPEC, 'revisionHistoryLimit', spec.revisionHistoryLimit);
  validateDeadline(spec, errors);
  return errors;
}

function validateDeadline(spec: DeploymentSpec, errors: FieldError[]): void {
  const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec;
  checkCount(errors, SPEC, 'progressDeadlineSeconds', deadline);
  if (deadline === undefined || deadline > minReadySeconds) return;
  const at = SPEC.child('progressDeadlineSeconds');
  errors.push(invalid(at, deadline, 'must be greater than minReadySeconds'));
}

function validateStrategy(strategy: DeploymentStrategy, at: Path, errors: FieldError[]): void {
  const { type, rollingUpdate } = strategy;
  if (type === 'Recreate') {
    if (rollingUpdate === undefined) return;
    const detail = "may not be specified when strategy `type` is 'Recreate'";
    errors.push(forbidden(at.child('rollingUpdate'), detail));
  } else if (type === 'RollingUpdate') {
    validateRollingUpdate(rollingUpdate ?? {}, at.child('rollingUpdate'), errors);
  } else {
    errors.push(notSupported(at, strategy, ['Recreate', 'RollingUpdate']));
  }
}

type Amount = number | string;

function validateRollingUpdate(
  { maxUnavailable = 0, maxSurge = 0 }: RollingUpdateDeployment,
  at: Path,
  errors: FieldError[],
): void {
  const unavailableAt = at.child('maxUnavailable');
  validateAmount(maxUnavailable, unavailableAt, errors);
  validateAmount(maxSurge, at.child('maxSurge'), errors);
  if (numberIn(maxUnavailable) === 0 && numberIn(maxSurge) === 0) {
    errors.push(invalid(unavailableAt, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  }
  if (typeof maxUnavailable === 'string' && numberIn(maxUnavailable) > 100) {
    errors.push(invalid(unavailableAt, maxUnavailable, 'must not be greater than 100%'));
  }
}

function validateAmount(amount: Amount, at: Path, errors: FieldError[]): void {
  if (typeof amount === 'string') {
    for (const why of percent(amount)) errors.push(invalid(at, amount, why));
  } else if (amount < 0) {
    errors.push(invalid(at, amount, 'must be greater than or equal to 0'));
  }
}

/** The number of pods or per cent; 0 for what is neither, which has been complained about. */
function numberIn(amount: Amount): number {
  if (typeof amount === 'number') return amount;
  return percent(amount).length === 0 ? Number.parseInt(amount, 10) : 0;
}

/** The counts of a status. */
const COUNTS = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
  'terminatingReplicas',
  'collisionCount',
] as const;

/** Checks a status update, as upstream's ValidateDeploymentStatusUpdate. */
export function validateDeploymentStatus(
  { status = {} }: Deployment,
  { status: before }: Deployment,
): FieldError[] {
  const errors: FieldError[] = [];
  checkCounts(errors, { ...status }, COUNTS, 'updatedReplicas');
  const { collisionCount: collisions } = before ?? {};
  if (collisions !== undefined && (status.collisionCount ?? -1) < collisions) {
    const value = status.collisionCount ?? null;
    errors.push(invalid(STATUS.child('collisionCount'), value, 'cannot be decremented'));
  }
  return errors;
}
