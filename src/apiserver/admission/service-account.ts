import { type Clock, sleep } from '../../base/clock.ts';
import type { Prng } from '../../base/prng.ts';
import type { ServiceAccount as Account, Pod } from '../../generated/types.ts';
import { forbidden } from '../errors.ts';
import type { NameIndex } from '../name-index.ts';
import type { ObjectMirror } from '../object-mirror.ts';
import type { Admission, AdmissionPlugin } from './admission.ts';
import { mountApiAccess } from './api-access.ts';
import { limitsSecrets, unlistedEphemeralSecret, unlistedSecret } from './mountable-secrets.ts';
import { debuggedPodOf, isMirrorPod, newPodOf } from './pod-object.ts';
import { refusal } from './refusal.ts';

const DEFAULT_NAME = 'default';
/** A namespace's default account comes a moment after the namespace: wait so often, so long. */
const DEFAULT_ATTEMPTS_MAX = 10;
const DEFAULT_ATTEMPT_MS = 100;

/**
 * Upstream's ServiceAccount: every pod has a service account, that exists, and its containers find a
 * token of it unless pod or account say otherwise. Where the account asks for it, they name no
 * Secret that the account does not list.
 */
export class ServiceAccountAdmission implements AdmissionPlugin {
  readonly name = 'ServiceAccount';
  readonly #mirror: ObjectMirror;
  readonly #accounts: NameIndex;
  readonly #clock: Clock;
  readonly #prng: Prng;

  constructor(mirror: ObjectMirror, accounts: NameIndex, clock: Clock, prng: Prng) {
    this.#mirror = mirror;
    this.#accounts = accounts;
    this.#clock = clock;
    this.#prng = prng;
  }

  admit(admission: Admission): Promise<void> | undefined {
    const pod = newPodOf(admission);
    if (pod === null) return undefined;
    if (isMirrorPod(pod)) {
      checkMirrorPod(pod, admission);
      return undefined;
    }
    pod.spec.serviceAccountName ||= DEFAULT_NAME;
    pod.spec.serviceAccount = pod.spec.serviceAccountName;
    const pending = this.#mirror.sync();
    const account = pending === undefined ? this.#find(pod, admission) : undefined;
    if (account === undefined) return this.#await(pod, admission);
    this.#use(pod, account, admission);
    return undefined;
  }

  validate(admission: Admission): Promise<void> | undefined {
    const pod = debuggedPodOf(admission);
    if (pod === null) return undefined;
    return this.#mirror.whenSynced(() => {
      const account = this.#find(pod, admission);
      // It may be gone since the pod was made, and then says nothing any more.
      if (account === undefined || !limitsSecrets(account)) return;
      refuse(admission, unlistedEphemeralSecret(pod, account));
    });
  }

  async #await(pod: Pod, admission: Admission): Promise<void> {
    const name = pod.spec.serviceAccountName ?? '';
    const attempts = name === DEFAULT_NAME ? DEFAULT_ATTEMPTS_MAX : 1;
    for (let attempt = 1; ; attempt++) {
      await this.#mirror.sync();
      const account = this.#find(pod, admission);
      if (account !== undefined) {
        this.#use(pod, account, admission);
        return;
      }
      if (attempt >= attempts) break;
      await sleep(this.#clock, DEFAULT_ATTEMPT_MS);
    }
    const why = `error looking up service account ${admission.namespace}/${name}: serviceaccount "${name}" not found`;
    throw refusal(admission, why);
  }

  #use(pod: Pod, account: Account, admission: Admission): void {
    if (limitsSecrets(account)) refuse(admission, unlistedSecret(pod, account));
    if (pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) {
      mountApiAccess(pod, this.#prng);
    }
    usePullSecrets(pod, account);
  }

  #find(pod: Pod, { namespace }: Admission): Account | undefined {
    const found = this.#accounts.get(namespace, pod.spec.serviceAccountName ?? '');
    return found as unknown as Account | undefined;
  }
}

/** @throws ApiError Forbidden unless there is no reason to */
function refuse(admission: Admission, why: string | null): void {
  if (why !== null) throw refusal(admission, why);
}

function usePullSecrets(pod: Pod, account: Account): void {
  const { imagePullSecrets = [] } = account;
  if (imagePullSecrets.length === 0 || (pod.spec.imagePullSecrets ?? []).length > 0) return;
  pod.spec.imagePullSecrets = imagePullSecrets.map(({ name }) => ({ name }));
}

/** A static pod knows no API objects. */
function checkMirrorPod(pod: Pod, { kind, name }: Admission): void {
  if (pod.spec.serviceAccountName) {
    throw forbidden(kind, name, 'a mirror pod may not reference service accounts');
  }
  for (const { secret, projected } of pod.spec.volumes ?? []) {
    if (secret !== undefined) throw forbidden(kind, name, 'a mirror pod may not reference secrets');
    if (projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken)) {
      const why = 'a mirror pod may not use ServiceAccountToken volume projections';
      throw forbidden(kind, name, why);
    }
  }
}
