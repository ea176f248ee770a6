import type { Container, Pod, ResourceFieldSelector } from '../generated/types.ts';
import { splitSubscript } from '../objects/core/pod/validate-field-refs.ts';
import { goQuote } from '../objects/go-quote.ts';
import { parseQuantity } from '../objects/quantity.ts';

/** What fields of a running pod are known only on its node. */
export interface PodPlace {
  readonly podIps: readonly string[];
  readonly hostIps: readonly string[];
  readonly nodeName: string;
  /** What a limit that is not set means: the node's allocatable, as quantities by resource. */
  readonly allocatable: Readonly<Record<string, string>>;
}

/** The value of a pod's field for a `fieldRef`, or undefined when there is no such field. */
export function podField(pod: Pod, place: PodPlace, path: string): string | undefined {
  const { metadata, spec } = pod;
  const subscript = splitSubscript(path);
  if (subscript !== undefined) {
    const { labels = {}, annotations = {} } = metadata;
    if (subscript.path === 'metadata.labels') return labels[subscript.key] ?? '';
    if (subscript.path === 'metadata.annotations') return annotations[subscript.key] ?? '';
    return undefined;
  }
  switch (path) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace;
    case 'metadata.uid':
      return metadata.uid;
    case 'metadata.labels':
      return formatMap(metadata.labels ?? {});
    case 'metadata.annotations':
      return formatMap(metadata.annotations ?? {});
    case 'spec.nodeName':
      return place.nodeName;
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? '';
    case 'status.hostIP':
      return place.hostIps[0] ?? '';
    case 'status.hostIPs':
      return place.hostIps.join(',');
    case 'status.podIP':
      return place.podIps[0] ?? '';
    case 'status.podIPs':
      return place.podIps.join(',');
    default:
      return undefined;
  }
}

/** `key="value"` lines in the order of keys, as downward API files show labels. */
function formatMap(map: Readonly<Record<string, string>>): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${goQuote(map[key] ?? '')}`)
    .join('\n');
}

/**
 * The value of a container's resource for a `resourceFieldRef`: in units of the divisor, rounded
 * up. A limit that is not set is the node's allocatable, a request that is not set is the limit
 * (by defaulting) or 0. Undefined for an unknown resource.
 */
export function resourceField(
  container: Container,
  place: PodPlace,
  selector: ResourceFieldSelector,
): string | undefined {
  const match = /^(limits|requests)\.(.+)$/.exec(selector.resource);
  if (match === null) return undefined;
  const [, list = '', name = ''] = match;
  const { limits = {}, requests = {} } = container.resources ?? {};
  // A limit of nothing is none.
  const limit = isZero(limits[name]) ? place.allocatable[name] : limits[name];
  const amount = list === 'limits' ? limit : requests[name];
  const divisor = parseQuantity(selector.divisor || '1').nanos || 1_000_000_000n;
  const { nanos } = parseQuantity(amount ?? '0');
  return String((nanos + divisor - 1n) / divisor);
}

function isZero(quantity: string | undefined): boolean {
  return parseQuantity(quantity ?? '0').nanos === 0n;
}
