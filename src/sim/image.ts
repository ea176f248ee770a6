/** How a simulated server answers an HTTP request. The first rule that fits decides. */
export interface SimHttpRule {
  /** Any path when absent. */
  readonly path?: string;
  /** Fits only while the container is at least / less than this old, in seconds. */
  readonly fromSeconds?: number;
  readonly untilSeconds?: number;
  /** Fits only requests with this header (name in lower case). */
  readonly header?: { readonly name: string; readonly value: string };
  readonly status: number;
  readonly body?: string;
  /** Takes the request and never answers. */
  readonly hangs?: boolean;
}

/** An image of the simulation: what its containers do, and how its pull goes. */
export interface SimImage {
  /** As in a pod's spec: `nginx`, `nginx:1.7.9`, `k8s.gcr.io/busybox`. */
  readonly name: string;
  /** A script for the simulated shell; run when the container names no command. */
  readonly script: string;
  readonly http?: readonly SimHttpRule[];
  /** The status that gRPC health checks are answered with: SERVING when absent. */
  readonly grpc?: string;
  /** What SIGTERM does to the script: ends it with this code, or nothing for null. 0 by default. */
  readonly onTerm?: number | null;
  /** On the node without a pull. */
  readonly present?: boolean;
  readonly pullMs?: number;
  /** The registry's answer instead of the image. */
  readonly pullError?: string;
  readonly sizeBytes?: number;
  readonly uid?: number;
  readonly username?: string;
}

/** The full name of an image: `nginx` is `docker.io/library/nginx:latest`. */
export function fullImageName(name: string): string {
  const [first = '', ...rest] = name.split('/');
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const path = hasHost ? name : `docker.io/${rest.length > 0 ? name : `library/${name}`}`;
  const last = path.slice(path.lastIndexOf('/') + 1);
  return /[:@]/.test(last) ? path : `${path}:latest`;
}
