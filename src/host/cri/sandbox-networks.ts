import type { Channel } from '../grpc/channel.ts';
import { CRI } from './cri-messages.ts';

const CALL = { timeoutMs: 10_000 };

/** The part of a sandbox's description that names its network namespace. */
interface SandboxInfo {
  readonly runtimeSpec?: {
    readonly linux?: { readonly namespaces?: readonly { type: string; path?: string }[] };
  };
}

/** The sandboxes that containerd knows, and the paths of their network namespaces. */
export interface SandboxNetworks {
  readonly ids: ReadonlySet<string>;
  readonly paths: ReadonlySet<string>;
}

/**
 * Asks containerd for them.
 *
 * @throws Error when it does not say of one: then nothing can be said of what is nobody's
 */
export async function sandboxNetworks(channel: Channel): Promise<SandboxNetworks> {
  const { items } = await channel.unary(CRI.listPodSandbox, {}, CALL);
  const paths = new Set<string>();
  for (const { id } of items) {
    const path = await sandboxNetwork(channel, id);
    if (path !== null) paths.add(path);
  }
  return { ids: new Set(items.map(({ id }) => id)), paths };
}

/**
 * Asks containerd for the path of one sandbox's network namespace; null is the node's own.
 *
 * @throws Error when it does not say
 */
export async function sandboxNetwork(channel: Channel, id: string): Promise<string | null> {
  const request = { podSandboxId: id, verbose: true };
  const { info } = await channel.unary(CRI.podSandboxStatus, request, CALL);
  const { runtimeSpec } = JSON.parse(info.info ?? '{}') as SandboxInfo;
  const namespaces = runtimeSpec?.linux?.namespaces;
  if (namespaces === undefined) throw new Error(`the network of sandbox ${id} is not known`);
  return namespaces.find(({ type }) => type === 'network')?.path ?? null;
}
