import type { Pod } from '../generated/types.ts';
import { goQuote } from '../objects/go-quote.ts';
import { allContainers } from './pod-identity.ts';

/** Those of Linux, as capabilities(7) has them, and the word for all of them. */
const KNOWN: ReadonlySet<string> = new Set(
  (
    'ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN ' +
    'DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE ' +
    'MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON ' +
    'SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE ' +
    'SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM'
  ).split(' '),
);

/**
 * A capability by the name that runtimes know. They take `CAP_NET_RAW` for one they never heard of,
 * and pass over it: what was to be dropped would stay.
 */
export function capabilityName(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, '');
}

/** What is said of capabilities that no Linux has, which runtimes pass over. */
export function capabilityComplaints(pod: Pod): string[] {
  return allContainers(pod).flatMap(({ name, securityContext }) => {
    const { add = [], drop = [] } = securityContext?.capabilities ?? {};
    const unknown = [...add, ...drop].filter((each) => !KNOWN.has(capabilityName(each)));
    return unknown.map(
      (each) => `capability ${goQuote(each)} of container ${goQuote(name)} is unknown to Linux`,
    );
  });
}
