import type { Container, Pod, VolumeMount } from '../../generated/types.ts';
import { expand } from '../expand.ts';
import type { NodePaths } from '../node-paths.ts';
import { StartError } from '../start-error.ts';
import type { MountedVolume } from './volume-type.ts';

/**
 * The parts of volumes that a container mounts, made where they are missing: paths on the node by
 * the place of the mount in the container's list.
 *
 * @throws StartError CreateContainerConfigError with upstream's text, which tells nothing of the
 *   node's files
 */
export async function subPaths(
  paths: NodePaths,
  pod: Pod,
  container: Container,
  env: ReadonlyMap<string, string>,
  volumes: ReadonlyMap<string, MountedVolume>,
): Promise<ReadonlyMap<number, string>> {
  const held = new Map<number, string>();
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const root = volumes.get(mount.name)?.path;
    const path = subPathOf(mount, env);
    if (path === '' || root === undefined) continue;
    const podUid = pod.metadata.uid ?? '';
    const { name: volume } = mount;
    const subPath = { podUid, volume, container: container.name, index, root, path };
    const where = `volumeMount "${volume}" of container "${container.name}"`;
    await paths.makeSubPath(subPath).catch(() => {
      throw refusal(`failed to create subPath directory for ${where}`);
    });
    const target = await paths.holdSubPath(subPath).catch(() => {
      throw refusal(`failed to prepare subPath for ${where}`);
    });
    held.set(index, target);
  }
  return held;
}

function refusal(message: string): StartError {
  return new StartError('CreateContainerConfigError', message);
}

function subPathOf(
  { subPath = '', subPathExpr }: VolumeMount,
  env: ReadonlyMap<string, string>,
): string {
  let path = subPath;
  if (subPathExpr) {
    path = expand(subPathExpr, (name) => {
      const value = env.get(name);
      if (value === undefined) throw refusal(`missing value for "${name}"`);
      return value;
    });
  }
  if (path.startsWith('/')) {
    throw refusal(`error SubPath \`${path}\` must not be an absolute path`);
  }
  if (path.split('/').includes('..')) {
    throw refusal(`unable to provision SubPath \`${path}\`: must not contain '..'`);
  }
  return path;
}
