import { WorkQueue } from '../../base/work-queue.ts';
import type { Informer } from '../../client/informer.ts';
import { secrets as secretResource, serviceAccounts } from '../../client/resources.ts';
import type { Secret, ServiceAccount } from '../../generated/types.ts';
import { isReason } from '../../objects/api-error.ts';
import { objectKey } from '../../objects/meta.ts';
import { aborted, type Controller, type ControllerOptions } from '../controller.ts';
import { accountOf, fillSecret, isWanted, type WantedAccount } from './plan-secret-token.ts';

/** Secrets worked on together, as upstream. */
const WORKERS_MAX = 5;

/** Makes a token of `account` that is good while it stands in the Secret of that name. */
export type SignSecretToken = (account: ServiceAccount, secretName: string) => string;

export interface SecretTokenOptions extends ControllerOptions {
  readonly serviceAccounts: Informer<ServiceAccount>;
  /** All Secrets of the type `kubernetes.io/service-account-token`, and no others. */
  readonly tokenSecrets: Informer<Secret>;
  /** PEM. */
  readonly rootCa: string;
  readonly signSecretToken: SignSecretToken;
}

/**
 * Puts tokens into the Secrets that ask for them, and removes those whose account is gone:
 * upstream's tokens controller. An account that names a Secret which is gone forgets it.
 */
export class SecretTokenController implements Controller {
  readonly #options: SecretTokenOptions;
  readonly #queue: WorkQueue;

  constructor(options: SecretTokenOptions) {
    this.#options = options;
    const log = options.log.with({ controller: 'serviceaccount-token' });
    this.#queue = new WorkQueue(options.clock, log, (key) => this.#sync(key), WORKERS_MAX);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { serviceAccounts: accounts, tokenSecrets } = this.#options;
    await Promise.all([accounts.whenSynced(), tokenSecrets.whenSynced()]);
    if (signal.aborted) return;
    const enqueue = (secret: Secret) => this.#queue.add(objectKey(secret));
    tokenSecrets.subscribe({ added: enqueue, updated: enqueue, deleted: enqueue });
    accounts.subscribe({
      deleted: (account) => {
        const key = objectKey(account);
        for (const secret of tokenSecrets.list()) {
          if (accountOf(secret).key === key) enqueue(secret);
        }
      },
    });
    await aborted(signal);
    this.#queue.stop();
  }

  async #sync(key: string): Promise<void> {
    const secret = this.#options.tokenSecrets.get(key);
    if (secret === undefined) {
      await this.#forget(key);
      return;
    }
    if (secret.metadata.deletionTimestamp) return;
    try {
      const account = await this.#account(accountOf(secret));
      if (account === null) await this.#delete(secret);
      else await this.#fill(secret, account);
    } catch (error) {
      // Changed or deleted by someone else, or its namespace ends: the informer tells what follows.
      if (!isReason(error, 'Conflict', 'NotFound', 'Forbidden')) throw error;
    }
  }

  /** The account that a Secret is for. The informer may lag, so the server has the last word. */
  async #account(wanted: WantedAccount): Promise<ServiceAccount | null> {
    const { client, serviceAccounts: accounts } = this.#options;
    const known = accounts.get(wanted.key);
    if (known !== undefined && isWanted(known, wanted)) return known;
    const [namespace, name = ''] = wanted.key.split('/');
    try {
      const found = await client.get(serviceAccounts, name, namespace);
      return isWanted(found, wanted) ? found : null;
    } catch (error) {
      if (isReason(error, 'NotFound')) return null;
      throw error;
    }
  }

  async #fill(secret: Secret, account: ServiceAccount): Promise<void> {
    const { client, rootCa, signSecretToken } = this.#options;
    const sign = () => signSecretToken(account, secret.metadata.name ?? '');
    const filled = fillSecret(secret, account, rootCa, sign);
    if (filled !== null) await client.update(secretResource, filled);
  }

  async #delete({ metadata: { name = '', namespace, uid } }: Secret): Promise<void> {
    await this.#options.client.delete(secretResource, name, namespace, { uid });
  }

  /** Takes a Secret that is gone out of the lists of accounts. */
  async #forget(key: string): Promise<void> {
    const { client, serviceAccounts: accounts } = this.#options;
    const [namespace, name = ''] = key.split('/');
    for (const account of accounts.list()) {
      const others = account.secrets?.filter((secret) => secret.name !== name);
      if (account.metadata.namespace !== namespace || others?.length === account.secrets?.length) {
        continue;
      }
      if (await this.#isThere(name, namespace)) return;
      await client.update(serviceAccounts, { ...account, secrets: others });
    }
  }

  /** Whether there is a Secret of this name, which may be of another type by now. */
  async #isThere(name: string, namespace: string | undefined): Promise<boolean> {
    try {
      await this.#options.client.get(secretResource, name, namespace);
      return true;
    } catch (error) {
      if (isReason(error, 'NotFound')) return false;
      throw error;
    }
  }
}
