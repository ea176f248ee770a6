import {
  formatQuantity,
  parseQuantity,
  QuantityError,
  wholeValue,
} from '../../objects/quantity.ts';

/** What of the node can run short: upstream's eviction signals. */
export type Signal = keyof typeof RESOURCES;

/** The resource of pods that each signal is about, as messages name it. */
const RESOURCES = {
  'memory.available': 'memory',
  'nodefs.available': 'ephemeral-storage',
  'nodefs.inodesFree': 'inodes',
  'imagefs.available': 'ephemeral-storage',
  'imagefs.inodesFree': 'inodes',
  'pid.available': 'pids',
} as const;

export type Resource = (typeof RESOURCES)[Signal];

/** Below which amount the node is short of something. */
export interface Threshold {
  readonly signal: Signal;
  /** An amount, or a part of the capacity from 0 to 1. */
  readonly amount: number;
  readonly isPart: boolean;
  /** How long it must have been so before pods are evicted: of a soft threshold alone. */
  readonly graceMs?: number;
}

/** What there is of something now: bytes, or a count. */
export interface Observation {
  readonly available: number;
  readonly capacity: number;
}

export type Observations = ReadonlyMap<Signal, Observation>;

/** Upstream's default hard thresholds. */
export const DEFAULT_EVICTION_HARD =
  'memory.available<100Mi,nodefs.available<10%,nodefs.inodesFree<5%,' +
  'imagefs.available<15%,imagefs.inodesFree<5%';

/** A list of thresholds that makes no sense. */
export class ThresholdError extends Error {
  override readonly name = 'ThresholdError';
}

/**
 * Reads thresholds as upstream's evictionHard: `memory.available<100Mi,nodefs.available<10%`.
 *
 * @throws ThresholdError
 */
export function parseThresholds(text: string): Threshold[] {
  const thresholds: Threshold[] = [];
  for (const part of text.split(',').filter((word) => word.trim() !== '')) {
    const [name = '', value = '', ...rest] = part.trim().split('<');
    if (rest.length > 0 || value === '') {
      throw new ThresholdError(`an eviction threshold is SIGNAL<AMOUNT, not ${part}`);
    }
    const signal = parseSignal(name);
    if (thresholds.some((other) => other.signal === signal)) {
      throw new ThresholdError(`the eviction signal ${signal} is named twice`);
    }
    thresholds.push({ signal, ...parseAmount(value) });
  }
  return thresholds;
}

/** @throws ThresholdError for a name that no signal has */
export function parseSignal(name: string): Signal {
  if (Object.hasOwn(RESOURCES, name)) return name as Signal;
  const known = Object.keys(RESOURCES).join(', ');
  throw new ThresholdError(`${name} is no eviction signal; there are ${known}`);
}

function parseAmount(text: string): { amount: number; isPart: boolean } {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  if (percent !== undefined) {
    const amount = Number(percent) / 100;
    if (amount <= 1) return { amount, isPart: true };
    throw new ThresholdError(`an eviction threshold is at most 100%, not ${text}`);
  }
  try {
    const amount = wholeValue(parseQuantity(text));
    if (amount >= 0) return { amount, isPart: false };
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
  }
  throw new ThresholdError(`an eviction threshold is an amount or a percentage, not ${text}`);
}

/** The amount that a threshold stands for where there is `capacity`. */
export function thresholdAmount({ amount, isPart }: Threshold, capacity: number): number {
  return isPart ? Math.floor(capacity * amount) : amount;
}

export function resourceOf(signal: Signal): Resource {
  return RESOURCES[signal];
}

/** An amount of what a signal measures, as messages show it. */
export function amountText(resource: Resource, amount: number): string {
  const isBytes = resource === 'memory' || resource === 'ephemeral-storage';
  const nanos = BigInt(Math.round(amount)) * 1_000_000_000n;
  return formatQuantity({ nanos, format: isBytes ? 'BinarySI' : 'DecimalSI' });
}

/** What is kept from pods, so that the node need not evict them: bytes. */
export interface Reserved {
  readonly memoryBytes: number;
  readonly storageBytes: number;
}

/** What allocatable leaves out of a machine's capacity because of its thresholds. */
export function reservedBy(
  thresholds: readonly Threshold[],
  machine: { readonly memoryBytes: number; readonly ephemeralStorageBytes: number },
): Reserved {
  const amountOf = (signal: Signal, capacity: number) => {
    const threshold = thresholds.find((candidate) => candidate.signal === signal);
    return threshold === undefined ? 0 : thresholdAmount(threshold, capacity);
  };
  return {
    memoryBytes: amountOf('memory.available', machine.memoryBytes),
    storageBytes: amountOf('nodefs.available', machine.ephemeralStorageBytes),
  };
}
