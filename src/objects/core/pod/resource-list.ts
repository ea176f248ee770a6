import type { PodSpec } from '../../../generated/types.ts';
import { formatQuantity, parseQuantity, type Quantity, QuantityError } from '../../quantity.ts';

/** Amounts by the name of their resource, as texts: `{cpu: '100m'}`. */
export type ResourceList = Record<string, string>;

interface Known {
  /** Undefined for a text that is no amount. */
  readonly quantity: Quantity | undefined;
  /** The canonical text after rounding up to a thousandth: `1000m` is `1`. */
  readonly canonical: string;
}

/** The same few amounts occur in every pod: reading each text once halves a pod's validation. */
const known = new Map<string, Known>();
const KNOWN_MAX = 4096;
const KNOWN_LENGTH_MAX = 32;
const MILLI = 1_000_000n;

function look(text: string): Known {
  const found = known.get(text);
  if (found !== undefined) return found;
  const entry = read(text);
  if (text.length > KNOWN_LENGTH_MAX) return entry;
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(text, entry);
  return entry;
}

function read(text: string): Known {
  try {
    const quantity = roundUp(parseQuantity(text));
    return { quantity, canonical: formatQuantity(quantity) };
  } catch (error) {
    if (error instanceof QuantityError) return { quantity: undefined, canonical: text };
    throw error;
  }
}

/** Rounds away from zero to a whole thousandth, the finest that resources keep. */
function roundUp(quantity: Quantity): Quantity {
  const rest = quantity.nanos % MILLI;
  if (rest === 0n) return quantity;
  const step = quantity.nanos < 0n ? -MILLI : MILLI;
  return { ...quantity, nanos: quantity.nanos - rest + step };
}

/** The amount that `text` stands for, rounded up to a thousandth; undefined when it is none. */
export function resourceQuantity(text: string): Quantity | undefined {
  return look(text).quantity;
}

/** `text` as upstream writes that amount of a resource. One that is no amount stays as it is. */
export function canonicalResource(text: string): string {
  return look(text).canonical;
}

/** Makes every amount of `list` canonical. */
export function normalizeQuantities(list: ResourceList | undefined): void {
  if (list === undefined) return;
  for (const name in list) {
    const text = list[name]!;
    const { canonical } = look(text);
    if (canonical !== text) list[name] = canonical;
  }
}

/** Makes the amounts of a whole pod's `resources` canonical. */
export function normalizePodResources({ overhead, resources }: PodSpec): void {
  normalizeQuantities(overhead);
  normalizeQuantities(resources?.limits);
  normalizeQuantities(resources?.requests);
}
