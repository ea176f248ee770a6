import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Prng } from '../base/prng.ts';
import type { Kind } from '../objects/kind.ts';
import type { KubeObject } from '../objects/meta.ts';
import type { Store } from '../storage/store.ts';
import type { Stored } from '../storage/stored.ts';
import type { AdmissionChain } from './admission/admission.ts';
import type { ApiRequest, ApiResponse } from './handler.ts';
import type { KindTable, Resource } from './kind-table.ts';
import type { Format } from './negotiate.ts';
import type { ParseYaml } from './request-body.ts';
import type { ResourceRequest, Verb } from './request-info.ts';

/** A request for what a node keeps of an object, such as a container's log, or tells of itself. */
export interface NodeRequest {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly subresource: string;
  /** What follows the subresource in the path. */
  readonly path: string;
  /** Decoded by the subresource's options definition. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly request: ApiRequest;
}

/** Reaches the node of that name. Rejects with an ApiError where it cannot. */
export type NodeProxy = (node: string, request: NodeRequest) => Promise<ApiResponse>;

/** Answers a question of one schema: the object that comes back. */
export type Answer = (call: Call, question: KubeObject) => Promise<object>;

/** All objects of a kind that is computed, as they are now. Rejects with an ApiError. */
export type ComputedSource = (kind: Kind) => Promise<readonly KubeObject[]>;

/** What the verbs work with. */
export interface ServerParts {
  readonly store: Store<Stored>;
  readonly kinds: KindTable;
  readonly clock: Clock;
  readonly prng: Prng;
  readonly log: Log;
  readonly admission: AdmissionChain;
  readonly parseYaml: ParseYaml;
  /** What is known of the questions that may be posted, by their schema. */
  readonly answers: ReadonlyMap<string, Answer>;
  nodeProxy: NodeProxy | null;
  computed: ComputedSource | null;
}

/** One request for a resource, routed and authorized. */
export interface Call {
  readonly request: ApiRequest;
  readonly verb: Verb;
  readonly resource: Resource;
  readonly target: ResourceRequest;
  readonly format: Format;
}
