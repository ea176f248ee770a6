import type { Clock } from '../../base/clock.ts';
import type { KubeObject } from '../../objects/meta.ts';
import type { StoreEvent } from '../../storage/store.ts';
import type { Stored } from '../../storage/stored.ts';
import type { WatchFrame } from '../handler.ts';
import type { Resource } from '../kind-table.ts';
import { encodeAs } from '../respond.ts';
import type { Selection } from '../selection.ts';
import type { Call } from '../server-parts.ts';
import { makeFrame, type ObjectShape, withRevision } from '../shapes.ts';
import { type IncludeObject, includeObjectOf, makeTable } from '../table.ts';

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** Turns the store's events into the frames that one watch wants to see. */
export class FrameMaker {
  readonly #clock: Clock;
  readonly #resource: Resource;
  readonly #format: Call['format'];
  readonly #selection: Selection;
  /** The shape whose frames are shared; null for tables, whose ages differ, and old versions. */
  readonly #shared: ObjectShape | null;
  readonly #includeObject: IncludeObject;
  #headersSent = false;

  constructor(clock: Clock, { resource, format, request }: Call, selection: Selection) {
    this.#clock = clock;
    this.#resource = resource;
    this.#format = format;
    this.#selection = selection;
    this.#includeObject = includeObjectOf(request.query);
    if (format.form === 'full') this.#shared = resource.full;
    else
      this.#shared = format.form === 'partial' && format.version === 'v1' ? resource.partial : null;
  }

  /** The frame of an object that was there already. */
  initial(stored: Stored): WatchFrame {
    return this.#shared?.initialFrame(stored) ?? this.#frame('ADDED', stored);
  }

  /**
   * The frame of an event; null when it does not concern the watch. An object that begins to match
   * the selectors is ADDED, one that stops matching is DELETED.
   */
  event(event: StoreEvent<Stored>): WatchFrame | null {
    const { item, previous, revision } = event;
    const selection = this.#selection;
    if (event.type === 'delete') {
      return this.#matches(item.value) ? this.#deleted(item.value, revision) : null;
    }
    if (selection.isEverything) {
      return this.#frame(previous === null ? 'ADDED' : 'MODIFIED', item.value);
    }
    const matched = previous !== null && this.#matches(previous.value);
    if (this.#matches(item.value)) return this.#frame(matched ? 'MODIFIED' : 'ADDED', item.value);
    // Upstream shows the last state that matched, at the revision that took it away.
    return matched ? this.#deleted(previous.value, revision) : null;
  }

  bookmark(revision: number, endsInitial: boolean): WatchFrame {
    const metadata = {
      resourceVersion: String(revision),
      creationTimestamp: null,
      ...(endsInitial ? { annotations: { [INITIAL_EVENTS_END]: 'true' } } : {}),
    };
    if (this.#format.form === 'table') {
      const table = makeTable(this.#resource.kind, [], metadata, this.#tableOptions());
      return makeFrame('BOOKMARK', table);
    }
    const isPartial = this.#format.form === 'partial';
    return makeFrame('BOOKMARK', {
      kind: isPartial ? 'PartialObjectMetadata' : this.#resource.kind.kind,
      apiVersion: isPartial ? `meta.k8s.io/${this.#format.version}` : this.#resource.apiVersion,
      metadata,
    });
  }

  #matches(stored: Stored): boolean {
    return this.#selection.isEverything || this.#selection.matches(this.#resource.view(stored));
  }

  #frame(type: 'ADDED' | 'MODIFIED', stored: Stored): WatchFrame {
    if (this.#shared !== null) return this.#shared.frame(type, stored);
    return makeFrame(type, this.#show(stored, null));
  }

  #deleted(stored: Stored, revision: number): WatchFrame {
    if (this.#shared !== null) return this.#shared.deletedFrame(stored, revision);
    return makeFrame('DELETED', this.#show(stored, revision));
  }

  #show(stored: Stored, revision: number | null): unknown {
    const asOf = (object: KubeObject) =>
      revision === null ? object : withRevision(object, revision);
    if (this.#format.form !== 'table') {
      return asOf(encodeAs(this.#resource, this.#format, stored).object as KubeObject);
    }
    const object = asOf(this.#resource.view(stored));
    const { resourceVersion } = object.metadata;
    return makeTable(this.#resource.kind, [object], { resourceVersion }, this.#tableOptions());
  }

  #tableOptions() {
    const headers = !this.#headersSent;
    this.#headersSent = true;
    const { version } = this.#format;
    return { version, includeObject: this.#includeObject, now: this.#clock.now(), headers };
  }
}
