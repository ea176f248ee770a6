/**
 * The messages of containerd's own API (containerd/containerd api/services, 1.6) that Proa uses:
 * task events, and processes in a task, which CRI's ExecSync neither kills whole nor lets read
 * in the order of its output.
 */
import { bool, bytes, int, message, messages, nested, string, strings } from '../grpc/protobuf.ts';

/** The namespace in which containerd's CRI plugin keeps everything. */
export const CRI_NAMESPACE = 'k8s.io';

/** `google.protobuf.Any` */
const Any = message({ typeUrl: string(1), value: bytes(2) });
const Empty = message({});

/** `containerd.services.events.v1.Envelope` without its timestamp. */
export const Envelope = message({ namespace: string(2), topic: string(3), event: nested(4, Any) });

/** `containerd.events.TaskExit`; `id` differs from the container's for processes beside the first. */
export const TaskExit = message({ containerId: string(1), id: string(2), pid: int(3) });
/** `containerd.events.TaskStart` */
export const TaskStart = message({ containerId: string(1), pid: int(2) });
/** `containerd.events.TaskOOM` */
export const TaskOom = message({ containerId: string(1) });
/** `containerd.events.ContainerDelete` */
export const ContainerDelete = message({ id: string(1) });

const Container = message({ id: string(1), spec: nested(5, Any) });

const ContentStatus = message({ ref: string(3), offset: int(4) });
const Snapshot = message({ name: string(1) });

const tasks = (name: string) => `/containerd.services.tasks.v1.Tasks/${name}`;
const ExecId = message({ containerId: string(1), execId: string(2) });

/** `containerd.v1.types.ProcessDetails`, in the `info` of a process. */
export const ProcessDetails = message({ execId: string(1) });

/** The procedures that Proa calls beside CRI's. */
export const CONTAINERD = {
  subscribe: {
    path: '/containerd.services.events.v1.Events/Subscribe',
    request: message({ filters: strings(1) }),
    response: Envelope,
  },
  getContainer: {
    path: '/containerd.services.containers.v1.Containers/Get',
    request: message({ id: string(1) }),
    response: message({ container: nested(1, Container) }),
  },
  exec: {
    path: tasks('Exec'),
    request: message({
      containerId: string(1),
      stdin: string(2),
      stdout: string(3),
      stderr: string(4),
      terminal: bool(5),
      spec: nested(6, Any),
      execId: string(7),
    }),
    response: Empty,
  },
  start: { path: tasks('Start'), request: ExecId, response: message({ pid: int(1) }) },
  wait: { path: tasks('Wait'), request: ExecId, response: message({ exitStatus: int(1) }) },
  kill: {
    path: tasks('Kill'),
    request: message({ containerId: string(1), execId: string(2), signal: int(3) }),
    response: Empty,
  },
  closeIo: {
    path: tasks('CloseIO'),
    request: message({ containerId: string(1), execId: string(2), stdin: bool(3) }),
    response: Empty,
  },
  resizePty: {
    path: tasks('ResizePty'),
    request: message({ containerId: string(1), execId: string(2), width: int(3), height: int(4) }),
    response: Empty,
  },
  /** The processes of a task; of those beside the first, which exec they are. */
  listPids: {
    path: tasks('ListPids'),
    request: message({ containerId: string(1) }),
    response: message({ processes: messages(1, message({ pid: int(1), info: nested(2, Any) })) }),
  },
  deleteProcess: {
    path: tasks('DeleteProcess'),
    request: ExecId,
    response: message({ id: string(1), pid: int(2), exitStatus: int(3) }),
  },
  deleteTask: {
    path: tasks('Delete'),
    request: message({ containerId: string(1) }),
    response: message({ id: string(1) }),
  },
  listTasks: {
    path: tasks('List'),
    request: Empty,
    response: message({ tasks: messages(1, message({ id: string(2), pid: int(3) })) }),
  },
  /** What is being fetched, and how far it is. */
  contentStatuses: {
    path: '/containerd.services.content.v1.Content/ListStatuses',
    request: message({ filters: strings(1) }),
    response: message({ statuses: messages(1, ContentStatus) }),
  },
  listSnapshots: {
    path: '/containerd.services.snapshots.v1.Snapshots/List',
    request: message({ snapshotter: string(1), filters: strings(2) }),
    response: message({ snapshots: messages(1, Snapshot) }),
  },
  /** How the layers of a container are mounted, whether they are now or not. */
  snapshotMounts: {
    path: '/containerd.services.snapshots.v1.Snapshots/Mounts',
    request: message({ snapshotter: string(1), key: string(2) }),
    response: message({ mounts: messages(1, message({ options: strings(4) })) }),
  },
} as const;
