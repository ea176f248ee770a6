import type {
  Pod,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from '../../generated/types.ts';
import type { ConfigRef } from '../config-watch.ts';
import type { ProjectedFile } from '../edges.ts';
import { allContainers } from '../pod-identity.ts';
import { configMapFiles } from './config-map.ts';
import { downwardFiles, showsChanges } from './downward-api.ts';
import { secretFiles } from './secret.ts';
import { showFiles } from './show-files.ts';
import { MountError, type VolumeContext, type VolumeType } from './volume-type.ts';

/** Whoever else is in the pod must not read a token that is for one user or group. */
const TOKEN_MODE = 0o600;

interface SourceFiles {
  readonly files: ReadonlyMap<string, ProjectedFile>;
  /** Epoch ms. */
  readonly renewAt?: number;
}

/** Files of several sources in one folder, in memory only. */
export const projected: VolumeType = {
  async mount(volume, context) {
    const { sources = [], defaultMode = 0o644 } = volume.projected ?? {};
    const files = new Map<string, ProjectedFile>();
    const problems: string[] = [];
    let renewAt = Infinity;
    for (const source of sources) {
      try {
        const part = await sourceFiles(source, defaultMode, context);
        for (const [path, file] of part.files) files.set(path, file);
        renewAt = Math.min(renewAt, part.renewAt ?? Infinity);
      } catch (error) {
        if (!(error instanceof MountError)) throw error;
        problems.push(error.message);
      }
    }
    // Go's aggregate error.
    if (problems.length > 1) throw new MountError(`[${problems.join(', ')}]`);
    if (problems.length === 1) throw new MountError(problems[0]!);
    const content = { plugin: 'projected', inMemory: true, files } as const;
    return { ...(await showFiles(volume, context, content)), renewAt };
  },

  refs: (volume, namespace) =>
    (volume.projected?.sources ?? []).flatMap(({ configMap, secret }): ConfigRef[] => {
      const { name } = configMap ?? secret ?? {};
      if (!name) return [];
      return [{ resource: configMap === undefined ? 'secrets' : 'configmaps', namespace, name }];
    }),

  showsPod: ({ projected: volume }) =>
    (volume?.sources ?? []).some(({ downwardAPI }) => showsChanges(downwardAPI?.items)),
};

async function sourceFiles(
  source: VolumeProjection,
  defaultMode: number,
  context: VolumeContext,
): Promise<SourceFiles> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap) return { files: await configMapFiles(configMap, defaultMode, context) };
  if (secret) return { files: await secretFiles(secret, defaultMode, context) };
  if (downwardAPI) return { files: downwardFiles(downwardAPI.items ?? [], defaultMode, context) };
  if (serviceAccountToken) return tokenFile(serviceAccountToken, defaultMode, context);
  const [type = 'unknown'] = Object.keys(source);
  throw new MountError(`projected volume source ${type} is not supported by this node`);
}

async function tokenFile(
  source: ServiceAccountTokenProjection,
  defaultMode: number,
  { pod, tokens }: VolumeContext,
): Promise<SourceFiles> {
  const { token, renewAt } = await tokens.get(pod, source);
  const uid = onlyUser(pod);
  const isForSome = uid !== undefined || pod.spec.securityContext?.fsGroup !== undefined;
  const mode = isForSome ? TOKEN_MODE : defaultMode;
  const file = { data: Buffer.from(token), mode, ...(uid === undefined ? {} : { uid }) };
  return { files: new Map([[source.path, file]]), renewAt };
}

/** The one user that all containers run as; undefined when there are several, or images decide. */
function onlyUser(pod: Pod): number | undefined {
  const ofPod = pod.spec.securityContext?.runAsUser;
  const containers = [...allContainers(pod), ...(pod.spec.ephemeralContainers ?? [])];
  const users = containers.map(({ securityContext }) => securityContext?.runAsUser ?? ofPod);
  return users.every((user) => user === users[0]) ? users[0] : undefined;
}
