import { beforeAll, describe, expect, it } from 'vitest';
import type { Pod } from '../../src/generated/types.ts';
import { labKubectl } from '../harness/find-kubectl.ts';
import { containerStatus, inLab, type Lab, restarts } from '../harness/lab.ts';
import { type Shared, sharedCluster } from '../harness/shared-cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';

const kubectl = labKubectl();

describe.concurrent('the life of a pod', () => {
  let shared: Shared;

  beforeAll(async () => {
    shared = await sharedCluster();
  });

  /** A test in a namespace of its own. */
  const lab = (name: string, work: (lab: Lab) => Promise<void>) => () =>
    inLab(shared.cluster, kubectl, `pod-${name}`, work);

  it(
    'tells its story in events, in order',
    lab('events', async (lab) => {
      await lab.createPod('story', { image: 'nginx', imagePullPolicy: 'Always' });
      await lab.waitForReady('story');
      // Events are written beside the status, which does not wait for them.
      await waitUntil('five events', 10_000, async () => (await lab.events('story')).length === 5);
      const node = (await lab.pod('story'))?.spec.nodeName;
      const events = await lab.events('story');
      expect(events.map(({ type, reason, source }) => [type, reason, source?.component])).toEqual([
        ['Normal', 'Scheduled', 'default-scheduler'],
        ['Normal', 'Pulling', 'kubelet'],
        ['Normal', 'Pulled', 'kubelet'],
        ['Normal', 'Created', 'kubelet'],
        ['Normal', 'Started', 'kubelet'],
      ]);
      const [scheduled, pulling, pulled] = events.map(({ message }) => message);
      expect(scheduled).toBe(`Successfully assigned ${lab.namespace}/story to ${node}`);
      expect(pulling).toBe('Pulling image "nginx"');
      expect(pulled).toMatch(
        /^Successfully pulled image "nginx" in \S+ \(\S+ including waiting\)\. Image size: \d+ bytes\.$/,
      );
      // Three lines say that it could pull from the mirror; present, it is not pulled again.
      await lab.createPod('again', { image: 'nginx', imagePullPolicy: 'IfNotPresent' });
      await lab.waitForEvent('again', 'Pulled', /^Container image "nginx" already present/);
    }),
  );

  it(
    'shows addresses, times, classes and every condition',
    lab('status', async (lab) => {
      await lab.createPod('whole', {
        args: ['sleep', '600'],
        resources: { limits: { cpu: '100m', memory: '16Mi' } },
      });
      const { status } = await lab.waitForReady('whole');
      expect(status?.qosClass).toBe('Guaranteed');
      expect(status?.podIP).toMatch(/^10\./);
      expect(status?.podIPs).toEqual([{ ip: status?.podIP }]);
      expect(status?.hostIP).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(Date.parse(status?.startTime ?? '')).toBeGreaterThan(Date.now() - 60_000);
      const conditions = (status?.conditions ?? []).map(({ type, status }) => `${type}=${status}`);
      expect(conditions.sort()).toEqual([
        'ContainersReady=True',
        'Initialized=True',
        'PodReadyToStartContainers=True',
        'PodScheduled=True',
        'Ready=True',
      ]);
      const { image, imageID, containerID, started } = containerStatus({ status } as Pod);
      expect([image, started]).toEqual(['docker.io/library/busybox:latest', true]);
      expect(imageID).toMatch(/@?sha256:[0-9a-f]{64}$/);
      expect(containerID).toMatch(/^containerd:\/\/[0-9a-f]{64}$/);
    }),
  );

  it(
    'is killed for its memory: OOMKilled, 137',
    lab('oom', async (lab) => {
      const script = 'head -c 64m /dev/zero | tail';
      await lab.createPod(
        'greedy',
        { args: ['sh', '-c', script], resources: { limits: { memory: '16Mi' } } },
        { restartPolicy: 'Never' },
      );
      const { state } = containerStatus(await lab.waitForPhase('greedy', 'Failed'));
      expect([state?.terminated?.reason, state?.terminated?.exitCode]).toEqual(['OOMKilled', 137]);
      expect(await lab.kubectl.ok('get', 'pod', 'greedy')).toMatch(/0\/1 +OOMKilled +0 /);
    }),
  );

  it(
    'keeps the message its container ended with',
    lab('message', async (lab) => {
      const failing = (script: string, more = {}) => ({ args: ['sh', '-c', script], ...more });
      const never = { restartPolicy: 'Never' };
      const file = failing('echo -n all is lost > /dev/termination-log; exit 3');
      await lab.createPod('from-file', file, never);
      const elsewhere = { terminationMessagePath: '/tmp/last' };
      await lab.createPod('from-path', failing('echo -n x > /tmp/last; exit 4', elsewhere), never);
      const policy = { terminationMessagePolicy: 'FallbackToLogsOnError' };
      await lab.createPod('from-log', failing('echo last words; exit 5', policy), never);
      const ends: unknown[] = [];
      for (const name of ['from-file', 'from-path', 'from-log']) {
        const { terminated } = containerStatus(await lab.waitForPhase(name, 'Failed')).state ?? {};
        ends.push([terminated?.reason, terminated?.exitCode, terminated?.message]);
      }
      expect(ends).toEqual([
        ['Error', 3, 'all is lost'],
        ['Error', 4, 'x'],
        ['Error', 5, 'last words\n'],
      ]);
      expect(await lab.kubectl.ok('describe', 'pod', 'from-file')).toMatch(
        /Reason: +Error\n +Message: +all is lost\n +Exit Code: +3/,
      );
    }),
  );

  it(
    'runs its init containers one after another, and shares a folder with them',
    lab('init', async (lab) => {
      const volumeMounts = [{ name: 'shared', mountPath: '/shared' }];
      const init = (name: string, script: string) => ({
        name,
        image: 'busybox',
        args: ['sh', '-c', script],
        volumeMounts,
      });
      await lab.createPod(
        'prepared',
        { args: ['sh', '-c', 'cat /shared/file; sleep 600'], volumeMounts },
        {
          volumes: [{ name: 'shared', emptyDir: {} }],
          initContainers: [
            init('one', 'sleep 3; echo one >> /shared/file'),
            init('two', 'echo two >> /shared/file'),
          ],
        },
      );
      await lab.waitForPod(
        'prepared',
        'initializes',
        ({ status }) => status?.initContainerStatuses?.[0]?.state?.running !== undefined,
      );
      expect(await lab.kubectl.ok('get', 'pod', 'prepared')).toMatch(/0\/1 +Init:0\/2 +0 /);
      const pod = await lab.waitForReady('prepared');
      expect(await lab.kubectl.ok('logs', 'prepared')).toBe('one\ntwo\n');
      for (const name of ['one', 'two']) {
        expect(containerStatus(pod, name).state?.terminated?.reason).toBe('Completed');
      }
    }),
  );

  it(
    'waits for an init container that fails',
    lab('init-fails', async (lab) => {
      const failing = { name: 'fails', image: 'busybox', args: ['false'] };
      await lab.createPod('stuck', {}, { initContainers: [failing] });
      await lab.waitForEvent('stuck', 'BackOff', /^Back-off restarting failed container fails /);
      expect(await lab.kubectl.ok('get', 'pod', 'stuck')).toMatch(/0\/1 +Init:CrashLoopBackOff /);
      await lab.createPod('over', {}, { initContainers: [failing], restartPolicy: 'Never' });
      await lab.waitForPhase('over', 'Failed');
      expect(await lab.kubectl.ok('get', 'pod', 'over')).toMatch(/0\/1 +Init:Error +0 /);
    }),
  );

  it(
    'says why an image cannot be had, and waits longer each time',
    lab('image', async (lab) => {
      // The registry itself, which knows no such image, under a name that needs no other host.
      const image = `${new URL(shared.mirrors[0]!.split('=')[1]!).host}/no-such-image:1`;
      await lab.createPod('lost', { image });
      const failed = await lab.waitForEvent('lost', 'Failed', /^Failed to pull image/);
      expect(failed.message).toContain(`Failed to pull image "${image}": `);
      expect(failed.message).toMatch(/not found$/);
      await lab.waitForEvent('lost', 'Failed', 'Error: ErrImagePull');
      await lab.waitForEvent('lost', 'Failed', 'Error: ImagePullBackOff');
      const backOff = `Back-off pulling image "${image}"`;
      await lab.waitForEvent('lost', 'BackOff', backOff);
      const waiting = await lab.waitForPod(
        'lost',
        'waits for its image',
        (pod) => containerStatus(pod).state?.waiting?.reason === 'ImagePullBackOff',
      );
      expect(containerStatus(waiting).state?.waiting?.message).toContain(backOff);
      expect(await lab.kubectl.ok('get', 'pod', 'lost')).toMatch(
        /0\/1 +(ImagePullBackOff|ErrImagePull) +0 /,
      );
      // The second attempt comes after ten seconds.
      const pulling = await waitUntil('a second attempt', 30_000, async () =>
        (await lab.events('lost')).find(
          ({ reason, count = 1 }) => reason === 'Pulling' && count > 1,
        ),
      );
      const first = Date.parse(pulling.firstTimestamp ?? '');
      expect(Date.parse(pulling.lastTimestamp ?? '') - first).toBeGreaterThanOrEqual(10_000);
    }),
  );

  it(
    'never pulls where it must not, and refuses a name that is none',
    lab('never', async (lab) => {
      const absent = { image: 'docker.io/library/absent:1', imagePullPolicy: 'Never' };
      await lab.createPod('never', absent);
      await lab.waitForEvent(
        'never',
        'ErrImageNeverPull',
        'Container image "docker.io/library/absent:1" is not present with pull policy of Never',
      );
      expect(await lab.kubectl.ok('get', 'pod', 'never')).toMatch(/0\/1 +ErrImageNeverPull +0 /);
      await lab.createPod('nameless', { image: 'Not A Name' });
      await lab.waitForEvent('nameless', 'InspectFailed', /couldn't parse image name "Not A Name"/);
      expect(await lab.kubectl.ok('get', 'pod', 'nameless')).toMatch(/0\/1 +InvalidImageName +0 /);
    }),
  );

  it(
    'says why a command does not start',
    lab('command', async (lab) => {
      await lab.createPod('mistyped', { command: ['no-such-program'] });
      const pod = await lab.waitForPod('mistyped', 'failed to start', (pod) => restarts(pod) >= 1);
      const { state, lastState } = containerStatus(pod);
      expect(JSON.stringify([state, lastState])).toContain('no-such-program');
      await lab.waitForEvent('mistyped', 'Failed', /^Error: .*no-such-program/);
      const { terminated } = lastState ?? {};
      expect([terminated?.reason, terminated?.exitCode]).toEqual(['StartError', 128]);
    }),
  );

  it(
    'gets its environment, arguments and working directory',
    lab('environment', async (lab) => {
      const fields = {
        POD_NAME: { fieldRef: { fieldPath: 'metadata.name' } },
        POD_IP: { fieldRef: { fieldPath: 'status.podIP' } },
        APP: { fieldRef: { fieldPath: "metadata.labels['app']" } },
        CPU: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } },
      };
      const env = [
        { name: 'GREETING', value: 'hello' },
        { name: 'SENTENCE', value: '$(GREETING), $$(GREETING) $(NOBODY)' },
        ...Object.entries(fields).map(([name, valueFrom]) => ({ name, valueFrom })),
      ];
      await lab.createPod(
        'told',
        {
          command: ['sh', '-c'],
          args: ['pwd; env; echo "arg=$(GREETING)"; hostname'],
          workingDir: '/tmp',
          env,
          resources: { limits: { cpu: '250m' } },
        },
        { restartPolicy: 'Never' },
      );
      const pod = await lab.waitForPhase('told', 'Succeeded');
      const lines = (await lab.kubectl.ok('logs', 'told')).split('\n');
      expect(lines[0]).toBe('/tmp');
      expect(lines).toContain('SENTENCE=hello, $(GREETING) $(NOBODY)');
      expect(lines).toContain('POD_NAME=told');
      expect(lines).toContain(`POD_IP=${pod.status?.podIP}`);
      expect(lines).toContain('CPU=250');
      expect(lines).toContain('arg=hello');
      expect(lines).toContain('KUBERNETES_SERVICE_PORT=443');
      expect(lines.at(-2)).toBe('told');
    }),
  );

  it(
    'stays pending where no node has room, and says so',
    lab('room', async (lab) => {
      await lab.createPod('huge', { resources: { requests: { cpu: '1000' } } });
      const { message } = await lab.waitForEvent('huge', 'FailedScheduling', /nodes are available/);
      expect(message).toMatch(/^0\/1 nodes are available: 1 Insufficient cpu\./);
      expect(await lab.kubectl.ok('get', 'pod', 'huge')).toMatch(/0\/1 +Pending +0 /);
      await lab.createPod('elsewhere', {}, { nodeSelector: { disk: 'golden' } });
      const other = await lab.waitForEvent('elsewhere', 'FailedScheduling', /available/);
      expect(other.message).toMatch(
        /^0\/1 nodes are available: 1 node\(s\) didn't match Pod's node affinity\/selector\./,
      );
    }),
  );

  it(
    'two containers share an address, and fight for a port',
    lab('two', async (lab) => {
      const server = (name: string) => ({ name, image: 'gcr.io/google-samples/hello-app:1.0' });
      await lab.createPod('pair', {}, { containers: [server('first'), server('second')] });
      const pod = await lab.waitForPod('pair', 'has lost one', (pod) => restarts(pod) >= 1);
      const restarted = (pod.status?.containerStatuses ?? []).filter((c) => c.restartCount > 0);
      expect(restarted).toHaveLength(1);
      expect(restarted[0]?.lastState?.terminated?.reason).toBe('Error');
      const log = await lab.kubectl.ok('logs', 'pair', '-c', restarted[0]!.name, '--previous');
      expect(log).toContain('Address already in use');
    }),
  );

  it(
    'goes with its namespace',
    lab('namespace', async (lab) => {
      const { kubectl } = lab;
      await kubectl.ok('create', 'namespace', 'short-lived');
      for (const name of ['a', 'b']) {
        await kubectl.ok('-n', 'short-lived', 'create', 'configmap', name);
      }
      await kubectl.ok('-n', 'short-lived', 'create', 'secret', 'generic', 's');
      await kubectl.ok('-n', 'short-lived', 'run', 'p', '--image=nginx');
      await kubectl.ok('-n', 'short-lived', 'wait', '--for=condition=Ready', 'pod/p');
      const deleting = kubectl.okWith({ timeoutMs: 60_000 }, 'delete', 'namespace', 'short-lived');
      const phase = ['get', 'namespace', 'short-lived', '-o', 'jsonpath={.status.phase}'];
      await waitUntil('the namespace is terminating', 5_000, async () => {
        return (await kubectl.run(phase)).stdout === 'Terminating';
      });
      const refused = await kubectl.fails('-n', 'short-lived', 'create', 'configmap', 'late');
      expect(refused).toContain('because it is being terminated');
      await deleting;
      expect(await kubectl.fails('get', 'namespace', 'short-lived')).toContain('not found');
      expect((await kubectl.run(['-n', 'short-lived', 'get', 'all,cm,secrets'])).stderr).toContain(
        'No resources found',
      );
    }),
  );
});
