import type { Container } from '../generated/types.ts';

/** How far the start of a container has come. Kept by the pod's worker between plans. */
export type Preparation =
  /** Its image is being looked for or pulled. */
  | { readonly state: 'pulling' }
  | { readonly state: 'ready'; readonly imageId: string }
  /** The last try failed; `retryAt` is epoch ms. */
  | {
      readonly state: 'failed';
      readonly reason: string;
      readonly message: string;
      readonly retryAt: number;
    };

/** Why a container that should run does not: a status's `waiting`. */
export interface Waiting {
  readonly reason: string;
  readonly message?: string;
}

export type Action =
  | { readonly type: 'createSandbox'; readonly attempt: number; readonly replaces: boolean }
  | { readonly type: 'stopSandbox'; readonly id: string }
  | { readonly type: 'prepareImage'; readonly container: Container }
  | {
      readonly type: 'startContainer';
      readonly container: Container;
      readonly sandboxId: string;
      readonly imageId: string;
      readonly attempt: number;
      /** Epoch ms of the end before; 0 for a first start. It is what back-off counts from. */
      readonly lastFinishedAt: number;
    }
  | {
      readonly type: 'killContainer';
      readonly id: string;
      readonly name: string;
      readonly event: string;
      readonly graceSeconds: number;
      /** Ids of containers that shall have ended before, as far as the grace allows. */
      readonly after: readonly string[];
    }
  | { readonly type: 'removeContainer'; readonly id: string }
  | { readonly type: 'removeSandbox'; readonly id: string };

export interface Plan {
  /** In order. An action that fails ends the round: the next plan sees what is. */
  readonly actions: readonly Action[];
  /** Containers kept waiting, and why. */
  readonly waiting: ReadonlyMap<string, Waiting>;
  /** Epoch ms at which to plan again although nothing happened; Infinity for never. */
  readonly wakeAt: number;
  /** Nothing of the pod runs any more, and nothing shall. */
  readonly ended: boolean;
}
