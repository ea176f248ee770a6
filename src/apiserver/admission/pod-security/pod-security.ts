import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { Pod, PodTemplateSpec } from '../../../generated/types.ts';
import { invalidObject, message } from '../../../objects/field-error.ts';
import type { KubeObject } from '../../../objects/meta.ts';
import type { Store } from '../../../storage/store.ts';
import type { Stored } from '../../../storage/stored.ts';
import { forbidden } from '../../errors.ts';
import type { Resource } from '../../kind-table.ts';
import type { NameIndex } from '../../name-index.ts';
import type { ObjectMirror } from '../../object-mirror.ts';
import type { Admission, AdmissionPlugin } from '../admission.ts';
import type { PodShape } from './check.ts';
import { detailsText, evaluatePod } from './evaluate.ts';
import { namespaceWarnings, PODS_MAX } from './namespace-warnings.ts';
import {
  isSamePolicy,
  isStricter,
  type LevelVersion,
  type Policy,
  policyOf,
  policyText,
} from './policy.ts';
import { isSignificantUpdate } from './significant-update.ts';

const ANNOTATION_PREFIX = 'pod-security.kubernetes.io/';

/** Subresources of pods through which what the standards look at may change. */
const CHECKED_SUBRESOURCES: ReadonlySet<string> = new Set(['', 'ephemeralcontainers', 'resize']);

/** What makes pods from a template: refused are only the pods, but its writer is warned at once. */
const POD_MAKERS: ReadonlySet<string> = new Set(['apps/deployments', 'apps/replicasets']);

export interface PodSecurityParts {
  readonly store: Store<Stored>;
  readonly pods: Resource;
  /** All namespaces, and what keeps them so. */
  readonly namespaces: NameIndex;
  readonly mirror: ObjectMirror;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Upstream's PodSecurity: the Pod Security Standards, as the labels of a namespace ask for them.
 * What is enforced is refused, what warns is told to the caller, and what is audited is logged.
 * Nobody is exempt.
 */
export class PodSecurity implements AdmissionPlugin {
  readonly name = 'PodSecurity';
  readonly #parts: PodSecurityParts;

  constructor(parts: PodSecurityParts) {
    this.#parts = parts;
  }

  validate(admission: Admission): Promise<void> | undefined {
    const { kind, subresource, operation } = admission;
    if (operation === 'DELETE') return undefined;
    if (POD_MAKERS.has(`${kind.group}/${kind.plural}`) && subresource === '') {
      return this.#parts.mirror.whenSynced(() => this.#checkTemplate(admission));
    }
    if (kind.group !== '') return undefined;
    if (kind.plural === 'namespaces' && subresource === '') return this.#checkLabels(admission);
    if (kind.plural !== 'pods' || !CHECKED_SUBRESOURCES.has(subresource)) return undefined;
    return this.#parts.mirror.whenSynced(() => this.#checkPod(admission));
  }

  /** @throws ApiError Invalid for labels that say nothing sensible, where they changed */
  #checkLabels({ kind, object, old, warnings }: Admission): Promise<void> | undefined {
    const { metadata } = object!;
    const { policy, errors } = policyOf(metadata.labels);
    const name = metadata.name ?? '';
    const before = old === null ? null : policyOf(old.metadata.labels);
    if (errors.length > 0 && !hasSameErrors(errors, before?.errors)) {
      throw invalidObject(kind, name, errors);
    }
    const { enforce } = policy;
    if (before === null || enforce.level === 'privileged') return undefined;
    const was = before.policy.enforce;
    if (isSamePolicy(enforce, was)) return undefined;
    if (enforce.version === was.version && !isStricter(enforce.level, was.level)) return undefined;
    return this.#warnOfPods(name, enforce, warnings);
  }

  async #warnOfPods(namespace: string, enforce: LevelVersion, warnings: string[]): Promise<void> {
    const { store, pods, clock } = this.#parts;
    const range = await store.range(pods.prefixOf(namespace), { limit: PODS_MAX });
    const found = {
      pods: range.items.map(({ value }) => pods.view(value) as unknown as Pod),
      total: range.items.length + range.remaining,
    };
    warnings.push(...namespaceWarnings(namespace, enforce, found, () => clock.monotonic()));
  }

  /** @throws ApiError Forbidden */
  #checkPod(admission: Admission): void {
    const { namespace, old, warnings, kind } = admission;
    const found = this.#parts.namespaces.get('', namespace);
    const { policy, errors } = policyOf(found?.metadata.labels);
    const { enforce, audit, warn } = policy;
    const levels = [enforce.level, audit.level, warn.level];
    if (levels.every((level) => level === 'privileged')) return;
    const pod = admission.object as unknown as Pod;
    if (old !== null && !isSignificantUpdate(pod, old as unknown as Pod)) return;
    const audited = this.#audit(admission, policy, errors, pod);
    const refusal = violationText(enforce, pod);
    // A generated name has been made by now.
    if (refusal !== null) {
      throw forbidden(kind, pod.metadata.name ?? '', `violates ${refusal}`);
    }
    const warning = isSamePolicy(warn, audit) ? audited : violationText(warn, pod);
    if (warning !== null) warnings.push(`would violate ${warning}`);
  }

  #checkTemplate(admission: Admission): void {
    const { namespace, object, warnings } = admission;
    const found = this.#parts.namespaces.get('', namespace);
    const { policy, errors } = policyOf(found?.metadata.labels);
    const { audit, warn } = policy;
    if (audit.level === 'privileged' && warn.level === 'privileged') return;
    const { metadata = {}, spec } = (object as unknown as PodMaker).spec.template ?? {};
    if (spec === undefined) return;
    const pod = { metadata, spec };
    const audited = this.#audit(admission, policy, errors, pod);
    const warning = isSamePolicy(warn, audit) ? audited : violationText(warn, pod);
    if (warning !== null) warnings.push(`would violate ${warning}`);
  }

  /** Logs what the level `audit` forbids, and answers its text. */
  #audit(
    admission: Admission,
    { audit }: Policy,
    errors: FieldErrors,
    pod: PodShape,
  ): string | null {
    const annotations: Record<string, string> = {};
    const note = (key: string, text: string) => {
      annotations[ANNOTATION_PREFIX + key] = text;
    };
    if (errors.length > 0) note('error', `Failed to parse policy: ${errors.map(message)}`);
    const audited = violationText(audit, pod);
    if (audited !== null) note('audit-violations', `would violate ${audited}`);
    if (Object.keys(annotations).length > 0) this.#log(admission, annotations);
    return audited;
  }

  /** What upstream has as annotations of its audit log stands in the daemon's log. */
  #log({ operation, kind, namespace, object, user }: Admission, annotations: object): void {
    const name = (object as KubeObject).metadata.name ?? '';
    const what = { operation, resource: kind.plural, namespace, name, user: user.name };
    this.#parts.log.info('audit', { ...what, annotations });
  }
}

/** Any object with a pod template. */
interface PodMaker {
  readonly spec: { readonly template?: PodTemplateSpec };
}

/** `PodSecurity "baseline:latest": ...`; null when the pod does not. */
function violationText(policy: LevelVersion, pod: PodShape): string | null {
  const violations = evaluatePod(policy, pod);
  if (violations.length === 0) return null;
  return `PodSecurity "${policyText(policy)}": ${detailsText(violations)}`;
}

type FieldErrors = ReturnType<typeof policyOf>['errors'];

function hasSameErrors(errors: FieldErrors, before: FieldErrors | undefined): boolean {
  return before !== undefined && errors.map(message).join() === before.map(message).join();
}
