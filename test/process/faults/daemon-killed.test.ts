import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nextInt, type Prng, seededPrng } from '../../../src/base/prng.ts';
import type { PersistentVolume, Pod } from '../../../src/generated/types.ts';
import { isProcessAlive } from '../../harness/container-process.ts';
import { isReady } from '../../harness/lab.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { Churn } from './churn.ts';
import { daemonPid, type FaultCluster, faultCluster, kill, podsOf } from './fault-cluster.ts';
import { discrepancies } from './node-inventory.ts';

const KILLS = 20;
/** Pods come and go for so long before the next kill, or a start has got so far. */
const LIFE_MS_MAX = 1_500;
const CONVERGE_MS = 90_000;

describe(`the daemon, killed ${KILLS} times while pods come and go`, () => {
  let own: FaultCluster;
  let churn: Churn;
  let prng: Prng;
  let witness: string;

  beforeAll(async () => {
    const seed = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
    console.log(`FAULT_SEED=${seed}`);
    prng = seededPrng(seed);
    witness = mkdtempSync(join(tmpdir(), 'proa-witness-'));
    own = await faultCluster('daemon-killed');
    churn = new Churn(own.lab, prng, witness);
    await churn.prepare();
  });
  afterAll(async () => {
    await own?.close();
    rmSync(witness, { recursive: true, force: true });
  });

  /** Kills the daemon at a moment of its life. */
  async function killWhileServing(): Promise<void> {
    const stop = new AbortController();
    const running = churn.run(stop.signal);
    // The fault's moment, not a wait for something.
    await pass(nextInt(prng, LIFE_MS_MAX));
    await kill(daemonPid(own.cluster));
    stop.abort();
    await running;
  }

  /** Kills the daemon at a moment of its start. */
  async function killWhileStarting(): Promise<void> {
    const before = daemonPid(own.cluster);
    const starting = own.cluster.up().catch(() => {});
    const pid = await waitUntil('the daemon has begun', 20_000, () => {
      const now = daemonPid(own.cluster);
      return now > 0 && now !== before && isProcessAlive(now) && now;
    });
    await pass(nextInt(prng, LIFE_MS_MAX));
    await kill(pid);
    await starting;
  }

  async function differences(pods: readonly Pod[]): Promise<string[]> {
    const list = await own.lab.api.get<{ items: PersistentVolume[] }>('/api/v1/persistentvolumes');
    return discrepancies(own.cluster.home, { pods, volumes: list?.items ?? [] });
  }

  /** All pods, once each is ready: those too that may not start again. */
  async function settledPods(): Promise<Pod[]> {
    let pods: Pod[] = [];
    const isSettled = (pod: Pod) => pod.metadata.deletionTimestamp === undefined && isReady(pod);
    const look = async () => {
      pods = await podsOf(own.lab);
      return pods.every(isSettled);
    };
    const say = () => JSON.stringify(pods.filter((pod) => !isSettled(pod)));
    await waitUntil('every pod is ready, or gone', CONVERGE_MS, look, say);
    return pods;
  }

  it('no container runs twice, none is lost, none stays, and nothing leaks', async () => {
    for (let round = 0; round < KILLS; round++) {
      if (round > 0 && nextInt(prng, 4) === 0) await killWhileStarting();
      else {
        if (round > 0) await own.cluster.up();
        await killWhileServing();
      }
    }
    await own.cluster.up();
    const pods = await settledPods();
    let left: string[] = [];
    await waitUntil(
      'the node is as the API says',
      CONVERGE_MS,
      async () => {
        left = await differences(pods);
        return left.length === 0;
      },
      () => left.join('\n'),
    );
    const hasSaid = ({ metadata }: Pod) => churn.starts().has(`${metadata.uid} main`);
    await waitUntil('each has said that it runs', CONVERGE_MS, () => pods.every(hasSaid));
    const restarts = pods.flatMap(({ status }) => status?.containerStatuses ?? []);
    expect(restarts.filter(({ restartCount }) => restartCount > 0)).toEqual([]);
    const starts = churn.starts();
    expect([...starts].filter(([, count]) => count > 1)).toEqual([]);
    console.log(`${starts.size} containers were started, ${pods.length} run`);
    const ports = pods.flatMap(({ spec }) => spec.containers[0]?.ports ?? []);
    for (const { hostPort } of ports) {
      const { status } = await fetch(`http://127.0.0.1:${hostPort}/`);
      expect([hostPort, status]).toEqual([hostPort, 404]);
    }

    await own.lab.kubectl.ok('delete', 'pods', '--all', '--grace-period=1');
    await own.lab.kubectl.ok('delete', 'pvc', '--all');
    await waitUntil(
      'nothing of a pod is left',
      CONVERGE_MS,
      async () => {
        left = await differences([]);
        return left.length === 0;
      },
      () => left.join('\n'),
    );
  });
});
