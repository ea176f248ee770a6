import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { labKubectl } from '../harness/find-kubectl.ts';
import { inLab, type Lab } from '../harness/lab.ts';
import { type Shared, sharedCluster } from '../harness/shared-cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';

const kubectl = labKubectl();
const ACCESS = '/var/run/secrets/kubernetes.io/serviceaccount';
const WAIT_MS = 20_000;

/** The type of the file system at a path in a container, and its options. */
async function mountAt(lab: Lab, pod: string, path: string): Promise<[string, string[]]> {
  const lines = readFileSync(`/proc/${await lab.pid(pod)}/mounts`, 'utf8').split('\n');
  const line = lines.map((text) => text.split(' ')).find(([, at]) => at === path);
  return [line?.[2] ?? 'none', (line?.[3] ?? '').split(',')];
}

describe.concurrent('configuration', () => {
  let shared: Shared;

  beforeAll(async () => {
    shared = await sharedCluster();
  });

  /** A test in a namespace of its own. */
  const lab = (name: string, work: (lab: Lab) => Promise<void>) => () =>
    inLab(shared.cluster, kubectl, `config-${name}`, work);

  it(
    'changes the files of a running pod, but not those mounted alone',
    lab('live', async (lab) => {
      await lab.kubectl.ok('create', 'configmap', 'cm', '--from-literal=a=1', '--from-literal=b=1');
      await lab.kubectl.ok('create', 'secret', 'generic', 's', '--from-literal=key=old');
      await lab.createPod(
        'live',
        {
          args: ['sleep', '600'],
          volumeMounts: [
            { name: 'cm', mountPath: '/cm' },
            { name: 's', mountPath: '/s' },
            { name: 'cm', mountPath: '/alone/a', subPath: 'a' },
            { name: 'pod', mountPath: '/pod' },
          ],
        },
        {
          volumes: [
            { name: 'cm', configMap: { name: 'cm' } },
            { name: 's', secret: { secretName: 's', defaultMode: 0o400 } },
            {
              name: 'pod',
              downwardAPI: {
                items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }],
              },
            },
          ],
        },
      );
      await lab.waitForReady('live');
      const [cm, s, alone, labels] = await Promise.all(
        ['/cm/a', '/s/key', '/alone/a', '/pod/labels'].map((path) => lab.pathIn('live', path)),
      );
      expect([cm, s, alone].map((file) => lab.read(file!))).toEqual(['1', 'old', '1']);
      const patch = (type: string, name: string, body: object) =>
        lab.kubectl.ok('patch', type, name, '--type=merge', '-p', JSON.stringify(body));
      await patch('configmap', 'cm', { data: { a: '2' } });
      await patch('secret', 's', { stringData: { key: 'new' } });
      await lab.kubectl.ok('label', 'pod', 'live', 'colour=green');
      const shown = () => [cm, s, alone, labels].map((file) => lab.read(file!)).join(' ');
      await waitUntil(
        'the files have changed',
        WAIT_MS,
        () => shown() === '2 new 1 colour="green"',
      );
      // Read-only, whatever the mount says; Secrets in memory, ConfigMaps on disk.
      const [onDisk, diskOptions] = await mountAt(lab, 'live', '/cm');
      const [inMemory, memoryOptions] = await mountAt(lab, 'live', '/s');
      expect([onDisk === 'tmpfs', inMemory]).toEqual([false, 'tmpfs']);
      expect([diskOptions[0], memoryOptions[0]]).toEqual(['ro', 'ro']);
      expect((statSync(s!).mode & 0o7777).toString(8)).toBe('400');
    }),
  );

  it(
    'gives files to the group of the pod',
    lab('group', async (lab) => {
      await lab.kubectl.ok('create', 'secret', 'generic', 's', '--from-literal=key=x');
      await lab.createPod(
        'group',
        {
          args: ['sh', '-c', `cat /s/key ${ACCESS}/namespace; echo; sleep 600`],
          volumeMounts: [{ name: 's', mountPath: '/s' }],
        },
        {
          securityContext: { runAsUser: 1234, fsGroup: 2345 },
          volumes: [{ name: 's', secret: { secretName: 's', defaultMode: 0o400 } }],
        },
      );
      await lab.waitForReady('group');
      const facts = async (path: string) => {
        const { mode, uid, gid } = statSync(await lab.pathIn('group', path));
        return [(mode & 0o7777).toString(8), uid, gid];
      };
      expect(await facts('/s/key')).toEqual(['440', 0, 2345]);
      expect(await facts('/s')).toEqual(['2777', 0, 2345]);
      // The image's /var/run is a link, which this machine would follow to a place of its own.
      expect(await facts(`${ACCESS.replace('/var', '')}/token`)).toEqual(['640', 1234, 2345]);
      let log = '';
      await waitUntil(
        'it could read them',
        WAIT_MS,
        async () => {
          log = await lab.kubectl.ok('logs', 'group');
          return log.includes(`x${lab.namespace}`);
        },
        () => `it wrote ${log}`,
      );
    }),
  );

  it(
    'lets a pod ask the API as its service account',
    lab('access', async (lab) => {
      const { port } = lab.api.options('/');
      const node = (await lab.api.get<{
        items: { status: { addresses: { address: string }[] } }[];
      }>('/api/v1/nodes'))!;
      const address = node.items[0]!.status.addresses[0]!.address;
      const at = `https://${address}:${port}`;
      const curl = (path: string) =>
        `curl -sS --cacert ca.crt -H "Authorization: Bearer $(cat token)" ${at}${path}; echo`;
      const paths = ['/api', '/api/v1/pods', '/openid/v1/jwks'];
      await lab.createPod('asker', {
        image: 'satoms/jumpserver:v1',
        command: ['/bin/bash', '-c', [`cd ${ACCESS}`, ...paths.map(curl), 'sleep 600'].join('; ')],
      });
      await lab.waitForReady('asker');
      const log = await waitUntil('three answers', WAIT_MS, async () => {
        const text = await lab.kubectl.ok('logs', 'asker');
        return text.includes('"ES256"') && text;
      });
      expect(log).toContain('"kind":"APIVersions"');
      expect(log).toContain(
        `pods is forbidden: User \\"system:serviceaccount:${lab.namespace}:default\\" cannot list resource \\"pods\\" in API group \\"\\" at the cluster scope`,
      );
    }),
  );

  it(
    'has tokens by kubectl',
    lab('token', async (lab) => {
      await lab.kubectl.ok('create', 'serviceaccount', 'robot');
      const token = (await lab.kubectl.ok('create', 'token', 'robot', '--duration=10m')).trim();
      const { host, port } = lab.api.options('/');
      const server = ['--server', `https://${host}:${port}`, '--token', token];
      // A kubeconfig of its own: the admin's certificate would speak first.
      const file = join(lab.kubectl.folder, 'empty');
      writeFileSync(file, '');
      const as = ['--kubeconfig', file, '--insecure-skip-tls-verify', ...server];
      const me = await lab.kubectl.ok(...as, 'auth', 'whoami');
      expect(me).toContain(`system:serviceaccount:${lab.namespace}:robot`);
      expect(me).toContain(`system:serviceaccounts:${lab.namespace}`);
      expect(me).toMatch(/credential-id/);
      expect(await lab.kubectl.fails(...as, 'get', 'secrets')).toContain('is forbidden');
      expect(await lab.kubectl.ok('auth', 'whoami')).toContain('kubernetes-admin');
      const args = ['--audience=vault', '--bound-object-kind=Pod', '--bound-object-name=none'];
      expect(await lab.kubectl.fails('create', 'token', 'robot', ...args)).toContain(
        'pods "none" not found',
      );
      await lab.kubectl.ok('delete', 'serviceaccount', 'robot');
      expect(await lab.kubectl.fails(...as, 'get', 'secrets')).toMatch(/Unauthorized|logged in/);
    }),
  );

  it(
    'puts a token into a Secret that asks for it, until the account is gone',
    lab('held', async (lab) => {
      const { kubectl: k } = lab;
      await k.ok('create', 'serviceaccount', 'robot');
      const file = lab.file(
        'token.yaml',
        [
          'apiVersion: v1',
          'kind: Secret',
          'type: kubernetes.io/service-account-token',
          'metadata:',
          '  name: robot-token',
          '  annotations: {kubernetes.io/service-account.name: robot}',
        ].join('\n'),
      );
      await k.ok('apply', '-f', file);
      const token = await waitUntil('a token', WAIT_MS, async () => {
        const data = ['get', 'secret', 'robot-token', '-o', 'jsonpath={.data.token}'];
        return Buffer.from(await k.ok(...data), 'base64').toString();
      });
      expect(await k.ok('describe', 'serviceaccount', 'robot')).toMatch(/^Tokens: +robot-token$/m);
      expect(await k.ok('describe', 'secret', 'robot-token')).toContain(`token:      ${token}\n`);
      const { host, port } = lab.api.options('/');
      // A kubeconfig of its own: the admin's certificate would speak first.
      const empty = lab.file('empty', '');
      const as = ['--kubeconfig', empty, '--insecure-skip-tls-verify', '--token', token];
      const ask = [...as, '--server', `https://${host}:${port}`, 'auth', 'whoami'];
      expect(await k.ok(...ask)).toContain(`system:serviceaccount:${lab.namespace}:robot`);
      await k.ok('delete', 'serviceaccount', 'robot');
      expect(await k.fails(...ask)).toMatch(/Unauthorized|logged in/);
      await k.ok('wait', '--for=delete', 'secret/robot-token', '--timeout=20s');
    }),
  );

  it(
    'is made by kubectl in every form, and described',
    lab('forms', async (lab) => {
      const { kubectl: k } = lab;
      lab.file('one.txt', 'first\n');
      lab.file('settings.env', 'A=1\n# a comment\nB=two words\n');
      writeFileSync(join(k.folder, 'bytes.bin'), Buffer.from([0, 255, 1]));
      await k.ok('create', 'configmap', 'files', '--from-file=one.txt', '--from-file=key=one.txt');
      await k.ok('create', 'configmap', 'env', '--from-env-file=settings.env');
      await k.ok('create', 'configmap', 'binary', '--from-file=bytes.bin');
      await k.ok('create', 'configmap', 'folder', `--from-file=${k.folder}`);
      const data = async (name: string, field: string) =>
        JSON.parse(await k.ok('get', 'configmap', name, '-o', `jsonpath={.${field}}`));
      expect(await data('files', 'data')).toEqual({ 'one.txt': 'first\n', key: 'first\n' });
      expect(await data('env', 'data')).toEqual({ A: '1', B: 'two words' });
      expect(await data('binary', 'binaryData')).toEqual({ 'bytes.bin': 'AP8B' });
      expect(Object.keys(await data('folder', 'data'))).toContain('settings.env');
      expect(await k.ok('describe', 'configmap', 'binary')).toContain(
        'BinaryData\n====\nbytes.bin: 3 bytes\n',
      );
      const registry = ['--docker-server=r.example', '--docker-username=u', '--docker-password=p'];
      await k.ok('create', 'secret', 'docker-registry', 'pull', ...registry);
      const { pki } = lab.cluster.home;
      const pair = ['--cert', join(pki, 'server.crt'), '--key', join(pki, 'server.key')];
      await k.ok('create', 'secret', 'tls', 'pair', ...pair);
      expect(await k.ok('get', 'secret', 'pair')).toMatch(/kubernetes\.io\/tls +2 /);
      expect(await k.ok('get', 'secret', 'pull')).toContain('kubernetes.io/dockerconfigjson');
      await k.ok(
        'create',
        'secret',
        'generic',
        'pw',
        '--from-literal=password=MySuperSecretPassword',
      );
      const described = await k.ok('describe', 'secret', 'pw');
      expect(described).toContain('Type:  Opaque\n\nData\n====\npassword:  21 bytes\n');
      expect(described).not.toContain('MySuper');
      const bad = ['--from-literal=x=y', '--type=kubernetes.io/tls'];
      expect(await k.fails('create', 'secret', 'generic', 'tls', ...bad)).toContain(
        'data[tls.crt]: Required value',
      );
    }),
  );
});
