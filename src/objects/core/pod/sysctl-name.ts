const IPC_SYSCTLS: ReadonlySet<string> = new Set(['kernel.sem']);
const IPC_PREFIXES = ['kernel.shm', 'kernel.msg', 'fs.mqueue.'];

/** The kernel namespace in which a sysctl counts, of those that a pod may share with its host. */
export function sysctlNamespace(name: string): 'net' | 'ipc' | undefined {
  const dotted = withDots(name);
  if (dotted.startsWith('net.')) return 'net';
  if (IPC_SYSCTLS.has(dotted)) return 'ipc';
  return IPC_PREFIXES.some((prefix) => dotted.startsWith(prefix)) ? 'ipc' : undefined;
}

/** `net/ipv4/conf` and `net.ipv4.conf` are one sysctl: the first separator decides the style. */
export function withDots(name: string): string {
  const first = name.search(/[./]/);
  if (first < 0 || name[first] === '.') return name;
  return name.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/'));
}
