import type { BenchCluster } from './cluster.ts';
import { HttpClient } from './http-client.ts';
import { expectStatus } from './phase.ts';

/** Longer than any start that is worth a figure. */
const READY_LIMIT_MS = 120_000;

export interface PodEvent {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly name: string };
    readonly status: {
      readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    };
  };
}

export function isReady({ object }: PodEvent): boolean {
  return object.status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}

/**
 * Resolves when an event of each of the named pods below the path `pods` was what is waited for.
 *
 * @throws when that takes more than two minutes
 */
export async function watchFor(
  { access }: Pick<BenchCluster, 'access'>,
  pods: string,
  names: readonly string[],
  isAwaited: (event: PodEvent) => boolean,
): Promise<void> {
  const client = await HttpClient.open(access);
  const limit = setTimeout(() => client.close(), READY_LIMIT_MS);
  try {
    const waiting = new Set(names);
    await client.open(`${pods}?watch=true`);
    let text = '';
    while (waiting.size > 0) {
      text += (await client.received()).toString();
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines.filter((candidate) => candidate.startsWith('{'))) {
        const event = JSON.parse(line) as PodEvent;
        if (isAwaited(event)) waiting.delete(event.object.metadata.name);
      }
    }
  } finally {
    clearTimeout(limit);
    client.close();
  }
}

/** Deletes pods and waits until they are gone, so that their end weighs on no figure. */
export async function deleteAndWait(
  cluster: Pick<BenchCluster, 'access'>,
  client: HttpClient,
  pods: string,
  names: readonly string[],
): Promise<void> {
  const gone = watchFor(cluster, pods, names, ({ type }) => type === 'DELETED');
  for (const name of names) {
    expectStatus(await client.request('DELETE', `${pods}/${name}?gracePeriodSeconds=1`));
  }
  await gone;
}
