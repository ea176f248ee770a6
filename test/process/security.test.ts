import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Pod } from '../../src/generated/types.ts';
import { processesBeside } from '../harness/container-process.ts';
import { labKubectl } from '../harness/find-kubectl.ts';
import { containerStatus, inLab, type Lab } from '../harness/lab.ts';
import { runCommand } from '../harness/run-command.ts';
import { type Shared, sharedCluster } from '../harness/shared-cluster.ts';

const kubectl = labKubectl();
const SLEEP = { args: ['sleep', '600'] };
const SECCOMP = '/var/lib/kubelet/seccomp';
/** Bits of capabilities, as capabilities(7) numbers them. */
const CHOWN = 1n << 0n;
const NET_BIND_SERVICE = 1n << 10n;
const NET_ADMIN = 1n << 12n;
const SYS_ADMIN = 1n << 21n;

/** A line of /proc/PID/status. */
function statusOf(pid: number, field: string): string {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return new RegExp(`^${field}:\\s*(.*?)\\s*$`, 'm').exec(text)?.[1] ?? '';
}

const ids = (pid: number, field: string) => statusOf(pid, field).split(/\s+/).map(Number);
const capabilities = (pid: number) => BigInt(`0x${statusOf(pid, 'CapEff')}`);
const namespaceOf = (pid: number | 'self', name: string) => readlinkSync(`/proc/${pid}/ns/${name}`);

/** Options of the mount at `path` in the container of `pid`; undefined when there is none. */
function mountAt(pid: number, path: string): string | undefined {
  const mounts = readFileSync(`/proc/${pid}/mounts`, 'utf8').split('\n');
  const found = mounts.map((line) => line.split(' ')).filter(([, at]) => at === path);
  return found.at(-1)?.[3];
}

describe.concurrent('what a security context does to processes', () => {
  let shared: Shared;

  beforeAll(async () => {
    shared = await sharedCluster();
  });

  /** A test in a namespace of its own. */
  const lab = (name: string, work: (lab: Lab) => Promise<void>) => () =>
    inLab(shared.cluster, kubectl, `sec-${name}`, work);

  /** The process of a pod whose container and pod have these security contexts. */
  async function process(lab: Lab, name: string, own: object, ofPod: object = {}, spec = {}) {
    const container = { ...SLEEP, securityContext: own };
    await lab.createPod(name, container, { securityContext: ofPod, ...spec });
    await lab.waitForReady(name);
    return lab.pid(name);
  }

  it(
    'users and groups: the container wins over the pod',
    lab('users', async (lab) => {
      const ofPod = { runAsUser: 45, runAsGroup: 46, fsGroup: 231, supplementalGroups: [5, 6] };
      const [plain, own, group, podGroup] = await Promise.all([
        process(lab, 'of-pod', {}, ofPod),
        process(lab, 'of-container', { runAsUser: 47, runAsGroup: 48 }, ofPod),
        process(lab, 'group-alone', { runAsGroup: 49 }),
        process(lab, 'pod-group-alone', {}, { runAsGroup: 50 }),
      ]);
      expect([ids(plain, 'Uid'), ids(plain, 'Gid')]).toEqual([
        Array(4).fill(45),
        Array(4).fill(46),
      ]);
      expect(ids(plain, 'Groups').sort((a, b) => a - b)).toEqual([5, 6, 46, 231]);
      expect([ids(own, 'Uid'), ids(own, 'Gid')]).toEqual([Array(4).fill(47), Array(4).fill(48)]);
      expect([ids(group, 'Uid')[0], ids(group, 'Gid')[0]]).toEqual([0, 49]);
      expect([ids(podGroup, 'Uid')[0], ids(podGroup, 'Gid')[0]]).toEqual([0, 50]);
    }),
  );

  it(
    'volumes belong to fsGroup, and new files in them too',
    lab('fs-group', async (lab) => {
      const script = 'echo x > /data/file && sleep 600';
      await lab.createPod(
        'writer',
        { command: ['sh', '-c', script], volumeMounts: [{ name: 'data', mountPath: '/data' }] },
        {
          securityContext: { runAsUser: 45, fsGroup: 231 },
          volumes: [{ name: 'data', emptyDir: {} }],
        },
      );
      await lab.waitForReady('writer');
      const root = `/proc/${await lab.pid('writer')}/root`;
      const { stdout } = await runCommand('stat', [
        '-c',
        '%u %g %a',
        `${root}/data`,
        `${root}/data/file`,
      ]);
      expect(stdout).toBe('0 231 2777\n45 231 644\n');
    }),
  );

  it(
    'capabilities are added and dropped',
    lab('caps', async (lab) => {
      const [plain, added, dropped, all] = await Promise.all([
        process(lab, 'plain', {}),
        process(lab, 'added', { capabilities: { add: ['NET_ADMIN'], drop: ['CHOWN'] } }),
        process(lab, 'dropped', { capabilities: { drop: ['all'], add: ['CAP_NET_BIND_SERVICE'] } }),
        process(lab, 'privileged', { privileged: true }),
      ]);
      expect(capabilities(plain) & (CHOWN | NET_ADMIN | SYS_ADMIN)).toBe(CHOWN);
      expect(capabilities(added) & (CHOWN | NET_ADMIN | SYS_ADMIN)).toBe(NET_ADMIN);
      expect(capabilities(dropped)).toBe(NET_BIND_SERVICE);
      expect(capabilities(all) & SYS_ADMIN).toBe(SYS_ADMIN);
      // Devices and all of /proc and /sys come with privileges.
      expect(existsSync(`/proc/${all}/root/dev/kmsg`)).toBe(true);
      expect(existsSync(`/proc/${plain}/root/dev/kmsg`)).toBe(false);
      expect([mountAt(plain, '/proc/sys')?.split(',')[0], mountAt(all, '/proc/sys')]).toEqual([
        'ro',
        undefined,
      ]);
      expect(mountAt(plain, '/proc/keys')).toBeDefined();
      expect(mountAt(all, '/proc/keys')).toBeUndefined();
    }),
  );

  it(
    'a container for debugging has privileges beside others that have none',
    lab('debug', async (lab) => {
      await lab.createPod('plain', SLEEP);
      await lab.waitForReady('plain');
      const debug = ['debug', 'plain', '--image=busybox', '-c', 'admin', '--profile=sysadmin'];
      await lab.kubectl.ok(...debug, '--', 'mount', '-t', 'tmpfs', 'none', '/tmp');
      await lab.waitForPod('plain', 'has mounted', ({ status }) => {
        return status?.ephemeralContainerStatuses?.[0]?.state?.terminated?.exitCode === 0;
      });
    }),
  );

  it(
    'privileges cannot grow, and the root is for reading, where so asked',
    lab('no-new', async (lab) => {
      const own = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true };
      const [plain, tight] = await Promise.all([
        process(lab, 'plain', {}),
        process(lab, 'tight', own),
      ]);
      expect([plain, tight].map((pid) => statusOf(pid, 'NoNewPrivs'))).toEqual(['0', '1']);
      const access = [plain, tight].map((pid) => mountAt(pid, '/')?.split(',')[0]);
      expect(access).toEqual(['rw', 'ro']);
    }),
  );

  it(
    'seccomp profiles: none, the default, a file, and a file that is not there',
    lab('seccomp', async (lab) => {
      const name = `proa-test-${lab.namespace}.json`;
      const made = mkdirSync(SECCOMP, { recursive: true });
      writeFileSync(`${SECCOMP}/${name}`, '{"defaultAction":"SCMP_ACT_ALLOW"}');
      try {
        const missing = { type: 'Localhost', localhostProfile: 'no/such.json' };
        await lab.createPod('missing', { ...SLEEP, securityContext: { seccompProfile: missing } });
        const local = { type: 'Localhost', localhostProfile: name };
        const [none, off, standard, ofPod, file] = await Promise.all([
          process(lab, 'none', {}),
          process(lab, 'off', { seccompProfile: { type: 'Unconfined' } }),
          process(lab, 'standard', { seccompProfile: { type: 'RuntimeDefault' } }),
          process(lab, 'of-pod', {}, { seccompProfile: { type: 'RuntimeDefault' } }),
          process(lab, 'file', { seccompProfile: local }),
        ]);
        const modes = [none, off, standard, ofPod, file].map((pid) => statusOf(pid, 'Seccomp'));
        expect(modes).toEqual(['0', '0', '2', '2', '2']);
        await lab.waitForPod('missing', 'waits', (pod) => {
          const { reason, message = '' } = containerStatus(pod).state?.waiting ?? {};
          return reason === 'CreateContainerError' && message.includes(`${SECCOMP}/no/such.json`);
        });
      } finally {
        rmSync(`${SECCOMP}/${name}`);
        if (made !== undefined) rmSync(made, { recursive: true });
      }
    }),
  );

  it(
    'runAsNonRoot holds root back',
    lab('non-root', async (lab) => {
      await lab.createPod('root', { ...SLEEP, securityContext: { runAsNonRoot: true } });
      const asked = { runAsNonRoot: true, runAsUser: 0 };
      await lab.createPod('asked', { ...SLEEP, securityContext: asked });
      const pid = await process(lab, 'user', { runAsUser: 1000 }, { runAsNonRoot: true });
      expect(ids(pid, 'Uid')[0]).toBe(1000);
      const waits = (text: string) => (pod: Pod) => {
        const { reason, message = '' } = containerStatus(pod).state?.waiting ?? {};
        return reason === 'CreateContainerConfigError' && message.includes(text);
      };
      await lab.waitForPod('root', 'waits', waits('image will run as root'));
      await lab.waitForPod('asked', 'waits', waits("container's runAsUser breaks non-root policy"));
    }),
  );

  it(
    'sysctls that are safe are set; a pod with others is rejected',
    lab('sysctls', async (lab) => {
      const sysctls = [
        { name: 'kernel.shm_rmid_forced', value: '1' },
        { name: 'net/ipv4/ip_local_port_range', value: '20000 30000' },
      ];
      const unsafe = { sysctls: [{ name: 'kernel.msgmax', value: '65536' }] };
      await lab.createPod('unsafe', SLEEP, { securityContext: unsafe });
      const pid = await process(lab, 'safe', {}, { sysctls });
      const { stdout } = await runCommand('nsenter', [
        ...['-t', String(pid), '-n', '-i', '-m', 'cat'],
        '/proc/sys/kernel/shm_rmid_forced',
        '/proc/sys/net/ipv4/ip_local_port_range',
      ]);
      expect(stdout).toBe('1\n20000\t30000\n');
      const { status } = await lab.waitForPhase('unsafe', 'Failed');
      const why = 'forbidden sysctl: "kernel.msgmax" not allowlisted';
      expect([status?.reason, status?.message]).toEqual([
        'SysctlForbidden',
        `Pod was rejected: ${why}`,
      ]);
      await lab.waitForEvent('unsafe', 'SysctlForbidden', why);
    }),
  );

  it(
    "namespaces are the container's, the pod's or the node's",
    lab('namespaces', async (lab) => {
      const names = ['net', 'pid', 'ipc'];
      const of = (pid: number) => names.map((name) => namespaceOf(pid, name));
      const second = { name: 'second', image: 'busybox', ...SLEEP };
      const twoContainers = async (name: string, spec: object) => {
        await lab.createPod(name, SLEEP, spec);
        const pod = await lab.waitForReady(name);
        expect(pod.spec.containers).toHaveLength(2);
        return [of(await lab.pid(name, 'main')), of(await lab.pid(name, 'second'))] as const;
      };
      const containers = [{ name: 'main', image: 'busybox', ...SLEEP }, second];
      const [plain, shares] = await Promise.all([
        twoContainers('plain', { containers }),
        twoContainers('shares', { containers, shareProcessNamespace: true }),
      ]);
      // Network and IPC are shared in a pod, processes where so asked.
      expect(plain[0].map((namespace, index) => namespace === plain[1][index])).toEqual([
        true,
        false,
        true,
      ]);
      expect(shares[0]).toEqual(shares[1]);
      const all = processesBeside(await lab.pid('shares', 'main'));
      expect(all.length).toBeGreaterThanOrEqual(3);
      const host = { hostNetwork: true, hostPID: true, hostIPC: true };
      const pid = await process(lab, 'host', {}, {}, host);
      expect(of(pid)).toEqual(names.map((name) => namespaceOf('self', name)));
    }),
  );

  it(
    'what the machine lacks is refused, or said',
    lab('lacking', async (lab) => {
      const profile = { type: 'Localhost', localhostProfile: 'x' };
      const seLinux = { type: 'container_t' };
      await lab.createPod('windows', SLEEP, { os: { name: 'windows' } });
      await lab.createPod('profile', { ...SLEEP, securityContext: { appArmorProfile: profile } });
      await lab.createPod('default', SLEEP, {
        securityContext: { appArmorProfile: { type: 'RuntimeDefault' }, seLinuxOptions: seLinux },
      });
      const refusal = async (name: string) => {
        const { status } = await lab.waitForPhase(name, 'Failed');
        return `${status?.reason}: ${status?.message}`;
      };
      expect(await refusal('windows')).toBe(
        "PodOSNotSupported: Pod was rejected: Failed to admit pod as the OS field doesn't match node OS",
      );
      await lab.waitForReady('default');
      if (existsSync('/sys/module/apparmor')) return;
      expect(await refusal('profile')).toBe(
        'AppArmor: Pod was rejected: Cannot enforce AppArmor: AppArmor is not enabled on the host',
      );
      await lab.waitForEvent('default', 'AppArmor', /not enabled on the host$/);
      await lab.waitForEvent('default', 'SELinux', /not enabled on the host$/);
    }),
  );
});
