import type { MeasuredLimit } from './limits/measured-limit.ts';

/** What a scenario gets beside its cluster. */
export interface Surroundings {
  /** `HOST=URL` of the registries that images come from. */
  readonly mirrors: readonly string[];
  /** Takes a limit that the scenario measures in turns with itself; null where none is asked for. */
  readonly tellLimit: ((measured: MeasuredLimit) => void) | null;
}
