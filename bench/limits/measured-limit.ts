import type { Figure } from '../figures.ts';
import type { LimitName } from '../limit-names.ts';

const SCENARIO = 'limit of the machine';

/** A limit, and the name by which figures refer to it. */
export interface MeasuredLimit {
  readonly figure: Figure;
  readonly limit?: LimitName;
}

/** A limit as it stands in the table. */
export function limitFigure(name: string, measured: Omit<Figure, 'scenario' | 'name'>): Figure {
  return { scenario: SCENARIO, name, ...measured };
}
