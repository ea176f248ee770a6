import { describe, expect, test } from 'vitest';
import type { Pod } from '../../../generated/types.ts';
import { podCells, podColumns } from './printer.ts';

const NOW = Date.parse('2026-01-02T03:05:05Z');
const T10 = '2026-01-02T03:04:55Z';

function pod(spec: object, status: object, metadata: object = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', creationTimestamp: '2026-01-02T03:04:05Z', ...metadata },
    spec: { containers: [{ name: 'a', image: 'i' }], ...spec },
    status,
  } as Pod;
}

const two = { containers: [{ name: 'a' }, { name: 'b' }] };
const init2 = { initContainers: [{ name: 'i' }, { name: 'j' }] };
const running = { state: { running: { startedAt: T10 } }, ready: true, restartCount: 0 };
const died = { terminated: { exitCode: 1, finishedAt: T10 } };
const ready = [{ type: 'Ready', status: 'True' }];
const gone = { deletionTimestamp: T10 };

describe('podCells', () => {
  test.each([
    ['just made', pod({}, { phase: 'Pending' }), '0/1', 'Pending', '0'],
    [
      'gated',
      pod(
        {},
        {
          phase: 'Pending',
          conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
        },
      ),
      '0/1',
      'SchedulingGated',
      '0',
    ],
    ['evicted', pod({}, { phase: 'Failed', reason: 'Evicted' }), '0/1', 'Evicted', '0'],
    [
      'creating',
      pod(
        {},
        {
          phase: 'Pending',
          containerStatuses: [{ name: 'a', state: { waiting: { reason: 'ContainerCreating' } } }],
        },
      ),
      '0/1',
      'ContainerCreating',
      '0',
    ],
    [
      'running',
      pod({}, { phase: 'Running', containerStatuses: [{ name: 'a', ...running }] }),
      '1/1',
      'Running',
      '0',
    ],
    [
      'running, not ready',
      pod({}, { phase: 'Running', containerStatuses: [{ name: 'a', ...running, ready: false }] }),
      '0/1',
      'Running',
      '0',
    ],
    [
      'crash loop',
      pod(
        {},
        {
          phase: 'Running',
          containerStatuses: [
            {
              name: 'a',
              state: { waiting: { reason: 'CrashLoopBackOff' } },
              restartCount: 3,
              lastState: died,
            },
          ],
        },
      ),
      '0/1',
      'CrashLoopBackOff',
      '3 (10s ago)',
    ],
    [
      'error',
      pod(
        {},
        {
          phase: 'Failed',
          containerStatuses: [
            { name: 'a', state: { terminated: { exitCode: 1, reason: 'Error' } } },
          ],
        },
      ),
      '0/1',
      'Error',
      '0',
    ],
    [
      'exit code',
      pod(
        {},
        {
          phase: 'Failed',
          containerStatuses: [{ name: 'a', state: { terminated: { exitCode: 2 } } }],
        },
      ),
      '0/1',
      'ExitCode:2',
      '0',
    ],
    [
      'signal',
      pod(
        {},
        {
          phase: 'Failed',
          containerStatuses: [{ name: 'a', state: { terminated: { exitCode: 137, signal: 9 } } }],
        },
      ),
      '0/1',
      'Signal:9',
      '0',
    ],
    [
      'completed',
      pod(
        {},
        {
          phase: 'Succeeded',
          containerStatuses: [
            { name: 'a', state: { terminated: { exitCode: 0, reason: 'Completed' } } },
          ],
        },
      ),
      '0/1',
      'Completed',
      '0',
    ],
    [
      'one completed, one running',
      pod(two, {
        phase: 'Running',
        containerStatuses: [
          { name: 'a', state: { terminated: { exitCode: 0, reason: 'Completed' } } },
          { name: 'b', ...running },
        ],
      }),
      '1/2',
      'NotReady',
      '0',
    ],
    [
      'one completed, pod ready',
      pod(two, {
        phase: 'Running',
        conditions: ready,
        containerStatuses: [
          { name: 'a', state: { terminated: { exitCode: 0, reason: 'Completed' } } },
          { name: 'b', ...running },
        ],
      }),
      '1/2',
      'Running',
      '0',
    ],
    [
      'first of two init containers',
      pod(init2, {
        phase: 'Pending',
        initContainerStatuses: [
          { name: 'i', state: { running: {} } },
          { name: 'j', state: { waiting: { reason: 'PodInitializing' } } },
        ],
      }),
      '0/1',
      'Init:0/2',
      '0',
    ],
    [
      'second of two init containers',
      pod(init2, {
        phase: 'Pending',
        initContainerStatuses: [
          { name: 'i', state: { terminated: { exitCode: 0 } } },
          { name: 'j', state: { waiting: { reason: 'PodInitializing' } } },
        ],
      }),
      '0/1',
      'Init:1/2',
      '0',
    ],
    [
      'init crash loop',
      pod(init2, {
        phase: 'Pending',
        initContainerStatuses: [
          {
            name: 'i',
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            restartCount: 2,
            lastState: died,
          },
        ],
      }),
      '0/1',
      'Init:CrashLoopBackOff',
      '2 (10s ago)',
    ],
    [
      'init failed',
      pod(init2, {
        phase: 'Pending',
        initContainerStatuses: [
          { name: 'i', state: { terminated: { exitCode: 7, reason: 'Error' } } },
        ],
      }),
      '0/1',
      'Init:Error',
      '0',
    ],
    [
      'init exit code',
      pod(init2, {
        phase: 'Pending',
        initContainerStatuses: [{ name: 'i', state: { terminated: { exitCode: 7 } } }],
      }),
      '0/1',
      'Init:ExitCode:7',
      '0',
    ],
    [
      'init signal',
      pod(init2, {
        phase: 'Pending',
        initContainerStatuses: [{ name: 'i', state: { terminated: { exitCode: 137, signal: 9 } } }],
      }),
      '0/1',
      'Init:Signal:9',
      '0',
    ],
    [
      'initialized, about to start',
      pod(init2, {
        phase: 'Pending',
        initContainerStatuses: [
          { name: 'i', state: { terminated: { exitCode: 0 } }, restartCount: 4, lastState: died },
          { name: 'j', state: { terminated: { exitCode: 0 } } },
        ],
        containerStatuses: [{ name: 'a', state: { waiting: { reason: 'PodInitializing' } } }],
      }),
      '0/1',
      'PodInitializing',
      '0',
    ],
    [
      'sidecar runs',
      pod(
        { initContainers: [{ name: 's', restartPolicy: 'Always' }] },
        {
          phase: 'Running',
          initContainerStatuses: [
            { name: 's', ...running, started: true, restartCount: 1, lastState: died },
          ],
          containerStatuses: [{ name: 'a', ...running }],
        },
      ),
      '2/2',
      'Running',
      '1 (10s ago)',
    ],
    [
      'ending',
      pod({}, { phase: 'Running', containerStatuses: [{ name: 'a', ...running }] }, gone),
      '1/1',
      'Terminating',
      '0',
    ],
    ['ended while ending', pod({}, { phase: 'Succeeded' }, gone), '0/1', 'Succeeded', '0'],
    [
      'ending on a lost node',
      pod({}, { phase: 'Running', reason: 'NodeLost' }, gone),
      '0/1',
      'Unknown',
      '0',
    ],
  ])('%s', (_, object, readyText, status, restarts) => {
    expect(podCells(object, NOW).slice(0, 5)).toEqual(['web', readyText, status, restarts, '60s']);
  });

  test('wide columns', () => {
    const gates = { readinessGates: [{ conditionType: 'x/y' }, { conditionType: 'x/z' }] };
    const object = pod(
      { nodeName: 'n1', ...gates },
      {
        phase: 'Running',
        podIP: '10.0.0.9',
        podIPs: [{ ip: '10.0.0.9' }],
        nominatedNodeName: 'n2',
        conditions: [{ type: 'x/y', status: 'True' }],
      },
    );
    expect(podCells(object, NOW).slice(5)).toEqual(['10.0.0.9', 'n1', 'n2', '1/2']);
    expect(podCells(pod({}, {}), NOW).slice(5)).toEqual(['<none>', '<none>', '<none>', '<none>']);
  });

  test('there is a cell for each column', () => {
    expect(podCells(pod({}, {}), NOW)).toHaveLength(podColumns.length);
    expect(podColumns.map(({ name }) => name.toUpperCase())).toEqual([
      'NAME',
      'READY',
      'STATUS',
      'RESTARTS',
      'AGE',
      'IP',
      'NODE',
      'NOMINATED NODE',
      'READINESS GATES',
    ]);
  });
});
