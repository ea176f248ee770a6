import { type Clock, formatMicroTime, sleep } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Client } from '../client/client.ts';
import { leases, nodes } from '../client/resources.ts';
import type { Lease } from '../generated/types.ts';
import { isReason } from '../objects/api-error.ts';

const NAMESPACE = 'kube-node-lease';
/** Upstream's defaults. */
const DURATION_SECONDS = 40;
const RENEW_MS = 10_000;

/** Renews the node's lease every 10 s until `signal` aborts: the cheap sign that it lives. */
export async function renewLease(
  client: Client,
  clock: Clock,
  log: Log,
  nodeName: string,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await renewOnce(client, clock, nodeName);
    } catch (error) {
      log.warn('node lease not renewed, will be tried again', { error: String(error) });
    }
    await sleep(clock, RENEW_MS, signal);
  }
}

async function renewOnce(client: Client, clock: Clock, nodeName: string): Promise<void> {
  const renewTime = formatMicroTime(clock.now());
  const spec = { holderIdentity: nodeName, leaseDurationSeconds: DURATION_SECONDS, renewTime };
  try {
    await client.patch(leases, { name: nodeName, namespace: NAMESPACE }, 'merge', { spec });
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
    const { metadata } = await client.get(nodes, nodeName);
    const ownerReferences = [
      { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: metadata.uid ?? '' },
    ];
    const lease: Lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: nodeName, namespace: NAMESPACE, ownerReferences },
      spec,
    };
    await client.create(leases, lease);
  }
}
