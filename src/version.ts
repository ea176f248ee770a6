import type { VersionInfo } from './apiserver/paths.ts';

/** Proa's own version; the build puts it in. */
export const PROA_VERSION = process.env.PROA_VERSION ?? '0.0.0-dev';

/** The version of Kubernetes whose API and behaviour Proa has. */
export const KUBERNETES_VERSION = 'v1.34.0';

/**
 * What /version answers.
 *
 * @param platform such as linux/amd64
 */
export function versionInfo(platform: string): VersionInfo {
  const [major = '', minor = ''] = KUBERNETES_VERSION.slice(1).split('.');
  return {
    major,
    minor,
    // Build metadata, as distributions add it: clients compare only what stands before the plus.
    gitVersion: `${KUBERNETES_VERSION}+proa-${PROA_VERSION}`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    // Upstream's fields speak of Go; they say what this is made with instead.
    goVersion: `node${process.versions.node}`,
    compiler: 'v8',
    platform,
  };
}
