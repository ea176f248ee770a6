import { coreNumbers } from './core-numbers.ts';
import { otherNumbers } from './other-numbers.ts';

const CORE = 'io.k8s.api.core.v1.';

/**
 * The fields of a definition in the order of their protobuf numbers, the first being number 1: a
 * `-` is a number not in use, a `+Name` a part that JSON writes into the object itself.
 * Null for definitions that have no protobuf form here.
 */
export function fieldOrder(definition: string): readonly string[] | null {
  const line = definition.startsWith(CORE)
    ? coreNumbers[definition.slice(CORE.length)]
    : otherNumbers[definition];
  return line === undefined ? null : line.split(' ');
}

/**
 * Numbers and flags that upstream keeps as plain values, by field name. On the wire their zero is
 * written out although it means absent; for all others zero is a choice (`optional: false`).
 */
export const PLAIN_FIELDS: ReadonlySet<string> = new Set([
  'chapAuthDiscovery',
  'chapAuthSession',
  'code',
  'count',
  'deprecatedCount',
  'failureThreshold',
  'generation',
  'healthCheckNodePort',
  'hostIPC',
  'hostNetwork',
  'hostPID',
  'hostPort',
  'initialDelaySeconds',
  'insecureSkipTLSVerifyBackend',
  'minReadySeconds',
  'nodePort',
  'observedGeneration',
  'partition',
  'paused',
  'periodSeconds',
  'publishNotReadyAddresses',
  'readOnly',
  'retryAfterSeconds',
  'signal',
  'sizeBytes',
  'sslEnabled',
  'stdin',
  'stdinOnce',
  'successThreshold',
  'timeoutSeconds',
  'tty',
  'unschedulable',
]);
