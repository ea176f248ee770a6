import type { Informer } from '../../client/informer.ts';
import type { EndpointSlice } from '../../generated/types.ts';
import { objectKey } from '../../objects/meta.ts';
import { MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from './plan-groups.ts';

/** The key of the Service that a slice belongs to. */
function serviceKeyOf({ metadata }: EndpointSlice): string {
  return `${metadata.namespace}/${metadata.labels?.[SERVICE_NAME_LABEL] ?? ''}`;
}

/**
 * The slices that the controller manages, by Service, including what it wrote itself and the
 * informer has not reported yet: otherwise it would make slices twice.
 *
 * Bounded by the live slices.
 */
export class SliceTracker {
  readonly #slices = new Map<string, Map<string, EndpointSlice>>();
  /** Slices that were deleted here and may still be reported. */
  readonly #deleted = new Set<string>();

  readonly #manager: string;

  /**
   * @param manager how the controller marks its slices
   * @param changed is called with a Service's key when somebody changed a slice of it
   */
  constructor(
    slices: Informer<EndpointSlice>,
    manager: string,
    changed: (serviceKey: string) => void,
  ) {
    this.#manager = manager;
    const report = (slice: EndpointSlice) => {
      if (this.#isManaged(slice) && this.#isNewer(slice)) {
        this.set(slice);
        changed(serviceKeyOf(slice));
      }
    };
    slices.subscribe({
      added: report,
      updated: (slice, old) => {
        // One that was relabelled is no longer this Service's.
        if (serviceKeyOf(slice) !== serviceKeyOf(old) || !this.#isManaged(slice)) {
          this.#forget(old);
          changed(serviceKeyOf(old));
        }
        report(slice);
      },
      deleted: (slice) => {
        this.#deleted.delete(slice.metadata.uid ?? '');
        if (this.#forget(slice)) changed(serviceKeyOf(slice));
      },
    });
  }

  /** The slices of a Service, by name. */
  of(serviceKey: string): EndpointSlice[] {
    const slices = [...(this.#slices.get(serviceKey)?.values() ?? [])];
    return slices.sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  }

  /** Takes in a slice as the API server answered it. */
  set(slice: EndpointSlice): void {
    const key = serviceKeyOf(slice);
    const slices = this.#slices.get(key) ?? new Map<string, EndpointSlice>();
    slices.set(objectKey(slice), slice);
    this.#slices.set(key, slices);
  }

  /** Forgets a slice that was deleted here. */
  delete(slice: EndpointSlice): void {
    if (this.#forget(slice)) this.#deleted.add(slice.metadata.uid ?? '');
  }

  #isManaged({ metadata }: EndpointSlice): boolean {
    return metadata.labels?.[MANAGED_BY_LABEL] === this.#manager;
  }

  #forget(slice: EndpointSlice): boolean {
    const key = serviceKeyOf(slice);
    const slices = this.#slices.get(key);
    const known = slices?.delete(objectKey(slice)) ?? false;
    if (slices?.size === 0) this.#slices.delete(key);
    return known;
  }

  /** Whether `slice` is not older than what is known; revisions of one API server only rise. */
  #isNewer(slice: EndpointSlice): boolean {
    if (this.#deleted.has(slice.metadata.uid ?? '')) return false;
    const known = this.#slices.get(serviceKeyOf(slice))?.get(objectKey(slice));
    const revision = ({ metadata }: EndpointSlice) => BigInt(metadata.resourceVersion ?? '0');
    return known === undefined || revision(slice) > revision(known);
  }
}
