import { beforeAll, describe, it } from 'vitest';
import { labKubectl } from '../harness/find-kubectl.ts';
import { inLab, type Lab } from '../harness/lab.ts';
import { type Shared, sharedCluster } from '../harness/shared-cluster.ts';
import { readiness, readinessUpdated } from './l01-readiness.ts';
import { bothProbes } from './l02-both-probes.ts';
import { podSecurity } from './l03-pod-security.ts';
import { badManifest } from './l04-bad-manifest.ts';
import { configEnv, configKeys } from './l04-config-env.ts';
import { redis } from './l05-redis.ts';
import { mysql } from './l06-mysql.ts';
import { execLiveness } from './l09-exec-liveness.ts';
import { httpLiveness } from './l10-http-liveness.ts';
import { tcpProbes } from './l11-tcp-probes.ts';
import { namedPort } from './l12-named-port.ts';
import { readinessExec } from './l13-readiness-exec.ts';
import { completions, restartPolicies, restartsAlways } from './l15-restarts.ts';
import { askTheApi } from './l16-ask-the-api.ts';
import { shell, tunnel } from './l18-shell-and-tunnel.ts';
import { forcedPod, obedientPod, preStop, stubbornPod } from './l19-ending-pods.ts';
import { portConflict, sharedPod } from './l20-several-containers.ts';
import { dataOutside } from './l21-data-outside.ts';

/** A part of a lab that one person could do in one go; parts of a lab run side by side. */
const PARTS: readonly { id: string; name: string; run: (lab: Lab) => Promise<void> }[] = [
  { id: 'L1', name: 'readiness, delay 5 and threshold 1', run: readiness },
  { id: 'L1', name: 'readiness, delay 30 and threshold 4', run: readinessUpdated },
  { id: 'L2', name: 'both probes', run: bothProbes },
  { id: 'L3', name: 'pod security', run: podSecurity },
  { id: 'L4', name: 'environment from a ConfigMap that comes later', run: configEnv },
  { id: 'L4', name: 'keys that are missing or optional', run: configKeys },
  { id: 'L4b', name: 'bad manifest', run: badManifest },
  { id: 'L5', name: 'redis with its configuration', run: redis },
  { id: 'L6', name: 'mysql, the pod of it', run: mysql },
  { id: 'L9', name: 'exec liveness', run: execLiveness },
  { id: 'L10', name: 'http liveness', run: httpLiveness },
  { id: 'L11', name: 'tcp probes', run: tcpProbes },
  { id: 'L12', name: 'named port', run: namedPort },
  { id: 'L13', name: 'readiness by a command', run: readinessExec },
  { id: 'L15', name: 'restarts, Always', run: restartsAlways },
  { id: 'L15', name: 'restarts, OnFailure and Never', run: restartPolicies },
  { id: 'L15', name: 'restarts, containers that end well', run: completions },
  { id: 'L16', name: 'ask the API', run: askTheApi },
  { id: 'L18', name: 'a shell at a terminal', run: shell },
  { id: 'L18', name: 'a tunnel', run: tunnel },
  { id: 'L19', name: 'a pod that obeys SIGTERM', run: obedientPod },
  { id: 'L19', name: 'a pod that ignores SIGTERM', run: stubbornPod },
  { id: 'L19', name: 'preStop', run: preStop },
  { id: 'L19', name: 'forced deletion', run: forcedPod },
  { id: 'L20', name: 'containers that share localhost and a volume', run: sharedPod },
  { id: 'L20', name: 'a port conflict', run: portConflict },
  { id: 'L21', name: 'data outside the pod', run: dataOutside },
];

const kubectl = labKubectl();

describe.concurrent(`the labs with kubectl ${kubectl.version}`, () => {
  let shared: Shared;

  beforeAll(async () => {
    shared = await sharedCluster();
  });

  it.each(PARTS.map(({ id, name, run }, index) => [id, name, run, index] as const))(
    '%s %s',
    async (id, _name, run, index) => {
      await inLab(shared.cluster, kubectl, `lab-${id.toLowerCase()}-${index}`, run);
    },
  );
});
