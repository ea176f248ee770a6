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
  /** Told to the caller when the write succeeds; plugins add to it. */
  readonly warnings: string[];
}

/**
 * Looks at writes before they are stored. First every plugin may change the object (`admit`). When
 * its kind has prepared it, they may fill in what was left open (`allocate`). And once it is
 * validated they may still refuse (`validate`). All refuse by throwing an ApiError. A promise is
 * waited for only where one is returned.
 */
export interface AdmissionPlugin {
  readonly name: string;
  admit?(admission: Admission): Promise<void> | undefined;
  allocate?(admission: Admission): Promise<void> | undefined;
  validate?(admission: Admission): Promise<void> | undefined;
}

type Phase = 'admit' | 'allocate' | 'validate';

/** The plugins of a server, in order. */
export class AdmissionChain {
  readonly #plugins: Readonly<Record<Phase, readonly AdmissionPlugin[]>>;

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = {
      admit: plugins.filter((plugin) => plugin.admit !== undefined),
      allocate: plugins.filter((plugin) => plugin.allocate !== undefined),
      validate: plugins.filter((plugin) => plugin.validate !== undefined),
    };
  }

  /**
   * Asks every plugin that has a say in `phase`.
   *
   * @throws ApiError when a plugin refuses
   */
  async run(phase: Phase, admission: Admission): Promise<void> {
    for (const plugin of this.#plugins[phase]) {
      const pending = plugin[phase]?.(admission);
      if (pending !== undefined) await pending;
    }
  }
}

/** Tells those who reserved something for `admission` how it ended. */
export function finishAdmission(admission: Admission, stored: boolean): void {
  for (const done of admission.onDone) done(stored);
}
