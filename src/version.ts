/** Proa's own version; the build puts it in. */
export const PROA_VERSION = process.env.PROA_VERSION ?? '0.0.0-dev';

/** The version of Kubernetes whose API and behaviour Proa has. */
export const KUBERNETES_VERSION = 'v1.34.0';
