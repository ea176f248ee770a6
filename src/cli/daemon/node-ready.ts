import { silentLog } from '../../base/log.ts';
import { Informer } from '../../client/informer.ts';
import { nodes } from '../../client/resources.ts';
import type { Cluster } from '../../cluster.ts';
import type { Node } from '../../generated/types.ts';
import { hostClock } from '../../host/clock.ts';

/** Resolves when the API says that the node is Ready, or when `signal` aborts. */
export async function nodeReady(
  cluster: Cluster,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const found = new AbortController();
  const client = cluster.clientOf('system:apiserver', 'system:masters');
  const fieldSelector = `metadata.name=${name}`;
  const informer = new Informer(client, hostClock, silentLog, nodes, { fieldSelector });
  const look = (node: Node) => {
    if (isReady(node)) found.abort();
  };
  informer.subscribe({ added: look, updated: look });
  await informer.run(AbortSignal.any([signal, found.signal]));
}

/** Whether the condition Ready of a node is True. */
export function isReady({ status }: Node): boolean {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}
