import { describe, expect, it } from 'vitest';
import { type ContainerConfig, RuntimeError } from '../../kubelet/runtime.ts';
import { GrpcError } from '../grpc/status.ts';
import type { ProcessStat } from '../process-stat.ts';
import { ContainerDelete, Envelope, TaskExit } from './containerd-messages.ts';
import { containerConfigMessage, containerStatusFrom, sandboxStatusFrom } from './convert.ts';
import { ContainerConfig as ContainerConfigMessage, CRI } from './cri-messages.ts';
import { runtimeEvent } from './events.ts';
import { treeOf } from './kill-tree.ts';
import { toRuntimeError } from './to-runtime-error.ts';

const SECURITY = {
  seccomp: { type: 'Unconfined', path: '' },
  addCapabilities: [],
  dropCapabilities: [],
  supplementalGroups: [],
};

describe('toRuntimeError', () => {
  it('keeps the words of Go', () => {
    const error = toRuntimeError(new GrpcError(5, 'an error occurred: not found'));
    expect(error).toBeInstanceOf(RuntimeError);
    expect([error.code, error.message]).toEqual([
      'notFound',
      'rpc error: code = NotFound desc = an error occurred: not found',
    ]);
  });

  it('passes broken invariants on', () => {
    expect(() => toRuntimeError(new TypeError('x'))).toThrow(TypeError);
  });
});

describe('runtimeEvent', () => {
  const envelope = (topic: string, value: Uint8Array) =>
    Envelope.decode(
      Envelope.encode({ namespace: 'k8s.io', topic, event: { typeUrl: 't', value } }),
    );
  const cases: [string, ReturnType<typeof envelope>, ReturnType<typeof runtimeEvent>][] = [
    [
      'an exit',
      envelope('/tasks/exit', TaskExit.encode({ containerId: 'c', id: 'c' })),
      { type: 'exited', id: 'c' },
    ],
    [
      'the end of an exec',
      envelope('/tasks/exit', TaskExit.encode({ containerId: 'c', id: 'e' })),
      null,
    ],
    [
      'a removal',
      envelope('/containers/delete', ContainerDelete.encode({ id: 'c' })),
      { type: 'removed', id: 'c' },
    ],
    ['anything else', envelope('/images/create', new Uint8Array()), null],
  ];
  it.each(cases)('reads %s', (_, event, expected) => expect(runtimeEvent(event)).toEqual(expected));
});

describe('statuses', () => {
  it('turns nanoseconds into milliseconds and numbers into words', () => {
    const { status } = CRI.containerStatus.response.decode(
      CRI.containerStatus.response.encode({
        status: { id: 'c', state: 2, exitCode: 137, startedAt: 1_795_226_478_631_900_000 },
      }),
    );
    expect(containerStatusFrom(status!, 's', 'i')).toMatchObject({
      state: 'exited',
      exitCode: 137,
      startedAt: 1_795_226_478_631,
      finishedAt: 0,
      sandboxId: 's',
    });
  });

  it('gives a sandbox of the host no address', () => {
    const { status } = CRI.podSandboxStatus.response.decode(
      CRI.podSandboxStatus.response.encode({ status: { id: 's', network: {} } }),
    );
    expect(sandboxStatusFrom(status!)).toMatchObject({ ready: true, ips: [] });
  });
});

describe('users of their own', () => {
  const users = { hostId: 131_072, length: 65_536 };
  const namespaces = { network: 'pod', pid: 'container', ipc: 'pod' } as const;
  const mount = { hostPath: '/a', containerPath: '/b', readOnly: false, propagation: 'private' };
  const config = { env: [], mounts: [mount], resources: {}, namespaces, security: SECURITY };
  const messageOf = (more: object) => {
    const made = {
      ...config,
      namespaces: { ...namespaces, ...more },
    } as unknown as ContainerConfig;
    return ContainerConfigMessage.decode(
      ContainerConfigMessage.encode(containerConfigMessage(made)),
    );
  };

  it('are mapped for the processes and for each mount', () => {
    const ids = [{ hostId: 131_072, containerId: 0, length: 65_536 }];
    const { linux, mounts } = messageOf({ users });
    expect(linux?.securityContext?.namespaceOptions?.usernsOptions).toEqual({
      mode: 0,
      uids: ids,
      gids: ids,
    });
    expect(mounts).toMatchObject([{ hostPath: '/a', uidMappings: ids, gidMappings: ids }]);
  });

  it('are not there by default', () => {
    const { linux, mounts } = messageOf({});
    expect(linux?.securityContext?.namespaceOptions?.usernsOptions).toBeNull();
    expect(mounts).toMatchObject([{ uidMappings: [], gidMappings: [] }]);
  });
});

describe('treeOf', () => {
  const stat = (pid: number, parent: number, session: number, zombie = false): ProcessStat => ({
    pid,
    parent,
    session,
    zombie,
    startTicks: 0,
  });

  it('has descendants and the session, leaves first, and no zombies', () => {
    const all = [
      stat(1, 0, 1),
      stat(10, 1, 10),
      stat(11, 10, 10),
      stat(12, 11, 12),
      stat(13, 1, 10),
      stat(14, 10, 10, true),
      stat(20, 1, 20),
    ];
    expect(treeOf(10, all).map(({ pid }) => pid)).toEqual([13, 12, 10, 11]);
  });
});
