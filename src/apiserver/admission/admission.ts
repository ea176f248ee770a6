import type { Kind } from '../../objects/kind.ts';
import type { KubeObject } from '../../objects/meta.ts';
import type { UserInfo } from '../handler.ts';

/** A write that is being considered. */
export interface Admission {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly kind: Kind;
  readonly subresource: string;
  readonly namespace: string;
  /** '' while a generated name is not yet made. */
  readonly name: string;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** The object to be; `admit` may change it. Null for DELETE. */
  readonly object: KubeObject | null;
  /** The present object, frozen. Null for CREATE. */
  readonly old: KubeObject | null;
  /** Called when the write is over: whether it was stored. For what `admit` reserved. */
  readonly onDone: ((stored: boolean) => void)[];
}

/**
 * Looks at writes before they are stored. First every plugin may change the object (`admit`), then,
 * after defaults and validation, every plugin may still refuse (`validate`). Both refuse by
 * throwing an ApiError. A promise is waited for only where one is returned.
 */
export interface AdmissionPlugin {
  readonly name: string;
  admit?(admission: Admission): Promise<void> | undefined;
  validate?(admission: Admission): Promise<void> | undefined;
}

/** The plugins of a server, in order. */
export class AdmissionChain {
  readonly #mutating: readonly AdmissionPlugin[];
  readonly #validating: readonly AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#mutating = plugins.filter((plugin) => plugin.admit !== undefined);
    this.#validating = plugins.filter((plugin) => plugin.validate !== undefined);
  }

  /** @throws ApiError when a plugin refuses */
  async admit(admission: Admission): Promise<void> {
    for (const plugin of this.#mutating) {
      const pending = plugin.admit?.(admission);
      if (pending !== undefined) await pending;
    }
  }

  /** @throws ApiError when a plugin refuses */
  async validate(admission: Admission): Promise<void> {
    for (const plugin of this.#validating) {
      const pending = plugin.validate?.(admission);
      if (pending !== undefined) await pending;
    }
  }
}

/** Tells those who reserved something for `admission` how it ended. */
export function finishAdmission(admission: Admission, stored: boolean): void {
  for (const done of admission.onDone) done(stored);
}
