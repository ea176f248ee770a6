import { describe, expect, it } from 'vitest';
import type { Container, Pod, PodSpec } from '../generated/types.ts';
import { containerHash, HASH_ANNOTATION } from './container-hash.ts';
import { type PlanInput, planPod } from './plan-pod.ts';
import type { ContainerStatus, SandboxStatus } from './runtime.ts';
import { RESTART_COUNT_ANNOTATION } from './runtime-state.ts';

const NOW = 1_000_000;
const C: Container = { name: 'c', image: 'i' };
const INIT: Container = { name: 'init', image: 'i' };
const SIDE: Container = { name: 'side', image: 'i', restartPolicy: 'Always' };

function pod(spec: Partial<PodSpec> = {}): Pod {
  const metadata = { name: 'p', namespace: 'ns', uid: 'u' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { containers: [C], restartPolicy: 'Always', ...spec },
  };
}

/** @param ips of a sandbox that is not ready: none once it was stopped */
function sandbox(
  id = 's1',
  attempt = 0,
  ready = true,
  ips: readonly string[] = ready ? ['1'] : [],
): SandboxStatus {
  const names = { name: 'p', namespace: 'ns', uid: 'u' };
  return {
    id,
    ...names,
    attempt,
    ready,
    createdAt: attempt,
    labels: {},
    annotations: {},
    ips,
  };
}

function container(
  spec: Container,
  state: ContainerStatus['state'],
  changes: Partial<ContainerStatus> = {},
): ContainerStatus {
  const attempt = changes.attempt ?? 0;
  return {
    id: `${spec.name}-${attempt}`,
    sandboxId: 's1',
    name: spec.name,
    attempt,
    state,
    createdAt: attempt,
    startedAt: 1,
    finishedAt: state === 'exited' ? NOW - 1_000 : 0,
    exitCode: 0,
    reason: '',
    message: '',
    image: 'i',
    imageRef: 'i',
    imageId: 'i',
    logPath: '',
    labels: {},
    annotations: {
      [HASH_ANNOTATION]: containerHash(spec),
      [RESTART_COUNT_ANNOTATION]: String(attempt),
    },
    ...changes,
  };
}

function inputOf(changes: Partial<PlanInput>): PlanInput {
  return {
    pod: pod(),
    runtime: { sandboxes: [], containers: [] },
    now: NOW,
    ending: null,
    killing: new Map(),
    preparations: new Map(),
    probeFailure: () => undefined,
    resizeNeedsRestart: () => false,
    started: () => true,
    restartDelay: () => ({ delayMs: 0, remainingMs: 0 }),
    restartsKnown: () => undefined,
    ...changes,
  };
}

function plan(changes: Partial<PlanInput>) {
  const result = planPod(inputOf(changes));
  const actions = result.actions.map((action) => {
    if (action.type === 'createSandbox') return `createSandbox ${action.attempt}`;
    if (action.type === 'prepareImage') return `prepareImage ${action.container.name}`;
    if (action.type === 'startContainer') {
      return `startContainer ${action.container.name} ${action.attempt}`;
    }
    if (action.type === 'killContainer') return `kill ${action.id} ${action.graceSeconds}`;
    return `${action.type} ${action.id}`;
  });
  return { ...result, actions };
}

const running = (...containers: ContainerStatus[]) => ({ sandboxes: [sandbox()], containers });
const ready = { state: 'ready', imageId: 'i' } as const;

describe('the sandbox', () => {
  it('is made first', () => {
    expect(plan({}).actions).toEqual(['createSandbox 0']);
  });

  it('is made anew when it has died, after what still runs in it has ended', () => {
    const dead = [sandbox('s1', 0, false)];
    const alive = plan({ runtime: { sandboxes: dead, containers: [container(C, 'running')] } });
    expect(alive.actions).toEqual(['kill c-0 30']);
    const ended = plan({ runtime: { sandboxes: dead, containers: [container(C, 'exited')] } });
    expect(ended.actions).toEqual(['createSandbox 1']);
  });

  it('that died lets go of its network before another is made', () => {
    const dead = [sandbox('s1', 0, false, ['1'])];
    const result = plan({ runtime: { sandboxes: dead, containers: [container(C, 'exited')] } });
    expect(result.actions).toEqual(['stopSandbox s1', 'createSandbox 1']);
  });

  it('that was half made lets go of its network though another runs', () => {
    const sandboxes = [sandbox('s1', 1), sandbox('s0', 0, false, ['1']), sandbox('s', 0, false)];
    const result = plan({ runtime: { sandboxes, containers: [container(C, 'running')] } });
    expect(result.actions).toEqual(['stopSandbox s0']);
  });

  it.each([
    ['Never', 1, true],
    ['OnFailure', 0, true],
    ['OnFailure', 1, false],
    ['Always', 0, false],
  ])(
    'with policy %s and exit code %i: nothing left to run is %s',
    (restartPolicy, exitCode, is) => {
      const containers = [container(C, 'exited', { exitCode })];
      const runtime = { sandboxes: [sandbox('s1', 0, false)], containers };
      const result = plan({ pod: pod({ restartPolicy }), runtime });
      expect(result.ended).toBe(is);
      expect(result.actions).toEqual(is ? [] : ['createSandbox 1']);
    },
  );
});

describe('a container', () => {
  it('gets its image first, then starts', () => {
    expect(plan({ runtime: running() }).actions).toEqual(['prepareImage c']);
    const pulling = new Map([['c', { state: 'pulling' } as const]]);
    expect(plan({ runtime: running(), preparations: pulling }).actions).toEqual([]);
    const preparations = new Map([['c', ready]]);
    expect(plan({ runtime: running(), preparations }).actions).toEqual(['startContainer c 0']);
  });

  it('that failed to start waits with the reason until its time', () => {
    const failed = { state: 'failed', reason: 'ErrImagePull', message: 'm' } as const;
    const early = new Map([['c', { ...failed, retryAt: NOW + 5 }]]);
    const result = plan({ runtime: running(), preparations: early });
    expect(result.actions).toEqual([]);
    expect(result.waiting.get('c')).toEqual({ reason: 'ErrImagePull', message: 'm' });
    expect(result.wakeAt).toBe(NOW + 5);
    const due = new Map([['c', { ...failed, retryAt: NOW }]]);
    expect(plan({ runtime: running(), preparations: due }).actions).toEqual(['prepareImage c']);
  });

  it('that ended is numbered on, from the runtime or from what the API knew', () => {
    const preparations = new Map([['c', ready]]);
    const exited = running(container(C, 'exited', { attempt: 4 }));
    expect(plan({ runtime: exited, preparations }).actions).toEqual(['startContainer c 5']);
    const forgotten = plan({ runtime: running(), preparations, restartsKnown: () => 7 });
    expect(forgotten.actions).toEqual(['startContainer c 8']);
  });

  it('that ends again and again waits in CrashLoopBackOff', () => {
    const result = plan({
      runtime: running(container(C, 'exited', { exitCode: 1 })),
      restartDelay: () => ({ delayMs: 80_000, remainingMs: 79_000 }),
    });
    expect(result.actions).toEqual([]);
    expect(result.wakeAt).toBe(NOW + 79_000);
    expect(result.waiting.get('c')).toEqual({
      reason: 'CrashLoopBackOff',
      message: 'back-off 1m20s restarting failed container=c pod=p_ns(u)',
    });
  });

  it('that runs well is left alone', () => {
    const result = plan({ runtime: running(container(C, 'running')) });
    expect(result).toMatchObject({ actions: [], wakeAt: Infinity, ended: false });
  });

  it.each(['liveness', 'startup'] as const)('that fails its %s probe is killed once', (failure) => {
    const probe = { terminationGracePeriodSeconds: 9 };
    const spec = { ...C, livenessProbe: probe, startupProbe: probe };
    const input = {
      pod: pod({ containers: [spec] }),
      runtime: running(container(spec, 'running')),
      probeFailure: () => failure,
    };
    expect(plan(input).actions).toEqual(['kill c-0 9']);
    expect(plan({ ...input, killing: new Map([['c-0', NOW + 9_000]]) }).actions).toEqual([]);
  });

  it('whose image has changed is killed', () => {
    const changed = pod({ containers: [{ ...C, image: 'other' }] });
    const result = plan({ pod: changed, runtime: running(container(C, 'running')) });
    expect(result.actions).toEqual(['kill c-0 30']);
  });

  it.each([
    ['Never', 0, true],
    ['Never', 1, true],
    ['OnFailure', 0, true],
    ['OnFailure', 1, false],
    ['Always', 0, false],
  ])('policy %s, exit code %i: the pod is over: %s', (restartPolicy, exitCode, isOver) => {
    const runtime = running(container(C, 'exited', { exitCode }));
    const { actions } = plan({ pod: pod({ restartPolicy }), runtime });
    expect(actions).toEqual(isOver ? ['stopSandbox s1'] : ['prepareImage c']);
  });
});

describe('init containers', () => {
  const spec = pod({ initContainers: [INIT, SIDE] });
  const done = container(INIT, 'exited');
  it.each([
    ['the first alone', [], ['prepareImage init']],
    ['nothing while it runs', [container(INIT, 'running')], []],
    [
      'it again when it failed',
      [container(INIT, 'exited', { exitCode: 1 })],
      ['prepareImage init'],
    ],
    ['the sidecar after it', [done], ['prepareImage side']],
    ['the main ones beside the sidecar', [done, container(SIDE, 'running')], ['prepareImage c']],
    [
      'the sidecar again when it ends',
      [done, container(SIDE, 'exited'), container(C, 'running')],
      ['prepareImage side'],
    ],
  ])('start %s', (_, containers, actions) => {
    expect(plan({ pod: spec, runtime: running(...containers) }).actions).toEqual(actions);
  });

  it('hold the main ones back until the sidecar has started', () => {
    const runtime = running(done, container(SIDE, 'running'));
    expect(plan({ pod: spec, runtime, started: () => false }).actions).toEqual([]);
  });

  it('run again in a new sandbox', () => {
    const old = { sandboxId: 's0' };
    const runtime = running(container(INIT, 'exited', old), container(C, 'exited', old));
    expect(plan({ pod: spec, runtime }).actions).toEqual(['prepareImage init']);
  });

  it('that fail for good end the pod', () => {
    const never = pod({ initContainers: [SIDE, INIT], restartPolicy: 'Never' });
    const failed = container(INIT, 'exited', { exitCode: 1 });
    const result = plan({ pod: never, runtime: running(failed, container(SIDE, 'running')) });
    expect(result.actions).toEqual(['kill side-0 30']);
  });
});

describe('the end of a pod', () => {
  const spec = pod({ initContainers: [SIDE, { ...SIDE, name: 'side2' }] });
  const ending = { graceSeconds: 5 };
  const sides = [container(SIDE, 'running'), container({ ...SIDE, name: 'side2' }, 'running')];
  it('kills all, each sidecar after the main containers and the later ones', () => {
    const all = running(...sides, container(C, 'running'));
    const { actions } = planPod(inputOf({ pod: spec, runtime: all, ending }));
    const kills = actions.map((action) => action.type === 'killContainer' && action);
    expect(kills.map((kill) => kill && [kill.id, kill.graceSeconds, kill.after])).toEqual([
      ['c-0', 5, []],
      ['side2-0', 5, ['c-0']],
      ['side-0', 5, ['c-0', 'side2-0']],
    ]);
  });

  it('stops the sandbox, then is over', () => {
    expect(plan({ runtime: running(), ending })).toMatchObject({
      actions: ['stopSandbox s1'],
      ended: false,
    });
    const stopped = { sandboxes: [sandbox('s1', 0, false)], containers: [] };
    expect(plan({ runtime: stopped, ending })).toMatchObject({ actions: [], ended: true });
    const cutOff = { sandboxes: [sandbox('s1', 0, false, ['1'])], containers: [] };
    expect(plan({ runtime: cutOff, ending })).toMatchObject({
      actions: ['stopSandbox s1'],
      ended: false,
    });
  });

  it('is hastened by a shorter grace only', () => {
    const runtime = running(container(C, 'running'));
    const killing = new Map([['c-0', NOW + 20_000]]);
    expect(plan({ runtime, killing, ending }).actions).toEqual(['kill c-0 5']);
    expect(plan({ runtime, killing, ending: { graceSeconds: 60 } }).actions).toEqual([]);
  });
});

describe('a container for debugging', () => {
  const debugged = pod({
    initContainers: [INIT],
    ephemeralContainers: [{ name: 'debug', image: 'i' }],
  });
  const debug: Container = { name: 'debug', image: 'i' };

  it('starts while the pod still initializes', () => {
    const preparations = new Map([['debug', ready]]);
    const { actions } = plan({ pod: debugged, runtime: running(), preparations });
    expect(actions).toEqual(['startContainer debug 0', 'prepareImage init']);
  });

  it('is never started again, not even when the runtime has forgotten it', () => {
    const ended = running(container(INIT, 'running'), container(debug, 'exited', { exitCode: 1 }));
    expect(plan({ pod: debugged, runtime: ended }).actions).toEqual([]);
    const forgotten = { runtime: running(container(INIT, 'running')), restartsKnown: () => 0 };
    expect(plan({ pod: debugged, ...forgotten }).actions).toEqual([]);
  });

  it('ends with the last of the others', () => {
    const containers = [container(C, 'exited'), container(debug, 'running')];
    const once = pod({ restartPolicy: 'Never', ephemeralContainers: [debug] });
    expect(plan({ pod: once, runtime: running(...containers) }).actions).toEqual([
      'kill debug-0 30',
    ]);
  });
});
