import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findKubectls } from '../harness/find-kubectl.ts';
import { type Lab, openLab } from '../harness/lab.ts';
import { sharedCluster } from '../harness/shared-cluster.ts';

const found = findKubectls();
const chosen = found.filter(({ minor }) => ['1.27', '1.30', '1.33'].includes(minor));
const tried = (chosen.length > 0 ? chosen : found).map((one) => [one.version, one] as const);

const MANIFEST = `apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: {app: web}
spec:
  containers:
  - name: nginx
    image: nginx
    ports:
    - containerPort: 80
    readinessProbe:
      httpGet: {path: /, port: 80}
      periodSeconds: 1
`;

describe.each(tried)('kubectl %s', (_version, kubectl) => {
  const name = `smoke-${kubectl.minor.replace('.', '-')}`;
  let lab: Lab;
  const ok = (...args: string[]) => lab.kubectl.ok(...args);

  beforeAll(async () => {
    lab = await openLab((await sharedCluster()).cluster, kubectl, name);
  });
  afterAll(() => lab?.close());
  beforeEach(({ onTestFailed }) => {
    onTestFailed(async () => console.error(await lab.describe()));
  });

  it('version names client and server', async () => {
    const { clientVersion, serverVersion } = JSON.parse(await ok('version', '-o', 'json'));
    expect(clientVersion.gitVersion).toBe(kubectl.version);
    expect(serverVersion.gitVersion).toMatch(/^v1\.34\.\d/);
  });

  it('api-resources and api-versions list what is served', async () => {
    const resources = await ok('api-resources', '-o', 'wide');
    expect(resources).toMatch(/^pods +po +v1 +true +Pod +create,delete,deletecollection,get,list/m);
    expect(resources).toMatch(/^namespaces +ns +v1 +false +Namespace /m);
    expect(resources).toMatch(/^events +ev +events\.k8s\.io\/v1 +true +Event /m);
    expect(resources).toMatch(/^leases +coordination\.k8s\.io\/v1 +true +Lease /m);
    expect(await ok('api-versions')).toContain('discovery.k8s.io/v1\n');
  });

  it('cluster-info names the API', async () => {
    expect(await ok('cluster-info')).toMatch(/control plane.* is running at .*https:/);
  });

  it('explain knows fields, and says which it does not', async () => {
    expect(await ok('explain', 'pods.spec.containers.livenessProbe')).toContain('httpGet');
    expect(await ok('explain', 'pods', '--recursive')).toContain('terminationGracePeriodSeconds');
    expect(await lab.kubectl.fails('explain', 'pods.spec.nothing')).toContain(
      'field "nothing" does not exist',
    );
  });

  it('create, get in every format, describe and delete', async () => {
    expect(await ok('create', 'configmap', 'settings', '--from-literal=color=red')).toBe(
      'configmap/settings created\n',
    );
    expect(await ok('get', 'cm', 'settings')).toMatch(/NAME +DATA +AGE\nsettings +1 +\d+s\n/);
    expect(await ok('get', 'cm', 'settings', '-o', 'yaml')).toContain('color: red');
    expect(JSON.parse(await ok('get', 'cm', 'settings', '-o', 'json')).data.color).toBe('red');
    expect(await ok('get', 'cm', 'settings', '-o', 'jsonpath={.data.color}')).toBe('red');
    expect(await ok('get', 'cm', 'settings', '-o', 'name')).toBe('configmap/settings\n');
    const columns = 'custom-columns=NAME:.metadata.name,COLOR:.data.color';
    expect(await ok('get', 'cm', 'settings', '-o', columns)).toMatch(
      /NAME +COLOR\nsettings +red\n/,
    );
    expect(await ok('describe', 'cm', 'settings')).toMatch(/color:\n----\nred\n/);
    const again = await lab.kubectl.fails('create', 'configmap', 'settings');
    expect(again).toBe('error: failed to create configmap: configmaps "settings" already exists\n');
    expect(await ok('delete', 'cm', 'settings')).toContain('configmap "settings" deleted');
    const gone = await lab.kubectl.fails('get', 'cm', 'settings');
    expect(gone).toBe('Error from server (NotFound): configmaps "settings" not found\n');
  });

  it('secrets are described by their sizes alone', async () => {
    await ok('create', 'secret', 'generic', 'password', '--from-literal=password=MySuperSecret');
    const described = await ok('describe', 'secret', 'password');
    expect(described).toMatch(/password: +13 bytes/);
    expect(described).not.toContain('MySuperSecret');
  });

  it('apply: created, unchanged, configured; diff tells what would change', async () => {
    const manifest = (color: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: paint}\ndata: {color: ${color}, kept: x}\n`;
    lab.file('paint.yaml', manifest('red'));
    expect(await ok('apply', '-f', 'paint.yaml')).toBe('configmap/paint created\n');
    expect(await ok('apply', '-f', 'paint.yaml')).toBe('configmap/paint unchanged\n');
    expect((await lab.kubectl.run(['diff', '-f', 'paint.yaml'])).code).toBe(0);
    lab.file('paint.yaml', manifest('blue').replace(', kept: x', ''));
    const { code, stdout } = await lab.kubectl.run(['diff', '-f', 'paint.yaml']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^- +color: red$/m);
    expect(stdout).toMatch(/^\+ +color: blue$/m);
    expect(await ok('apply', '-f', 'paint.yaml')).toBe('configmap/paint configured\n');
    expect(await ok('get', 'cm', 'paint', '-o', 'jsonpath={.data}')).toBe('{"color":"blue"}');
    const dry = await ok('apply', '-f', 'paint.yaml', '--dry-run=server');
    expect(dry).toBe('configmap/paint unchanged (server dry run)\n');
  });

  it('edit, patch, label, annotate and replace change an object', async () => {
    await ok('create', 'configmap', 'tool', '--from-literal=size=1');
    const size = () => ok('get', 'cm', 'tool', '-o', 'jsonpath={.data.size}');
    const env = { KUBE_EDITOR: `sed -i 's/size: "1"/size: "2"/'` };
    const edited = await lab.kubectl.okWith({ env }, 'edit', 'cm', 'tool');
    expect([edited.stdout, await size()]).toEqual(['configmap/tool edited\n', '2']);
    await ok('patch', 'cm', 'tool', '-p', '{"data":{"size":"3"}}');
    expect(await size()).toBe('3');
    await ok('patch', 'cm', 'tool', '--type=merge', '-p', '{"data":{"size":"4"}}');
    expect(await size()).toBe('4');
    const operations = '[{"op":"replace","path":"/data/size","value":"5"}]';
    await ok('patch', 'cm', 'tool', '--type=json', '-p', operations);
    expect(await size()).toBe('5');

    expect(await ok('label', 'cm', 'tool', 'shelf=top')).toBe('configmap/tool labeled\n');
    const twice = await lab.kubectl.fails('label', 'cm', 'tool', 'shelf=low');
    expect(twice).toContain("'shelf' already has a value (top), and --overwrite is false");
    await ok('label', 'cm', 'tool', 'shelf=low', '--overwrite');
    expect(await ok('get', 'cm', '-l', 'shelf=low', '-o', 'name')).toBe('configmap/tool\n');
    expect(await ok('get', 'cm', 'tool', '--show-labels')).toContain('shelf=low');
    expect(await ok('label', 'cm', 'tool', 'shelf-')).toBe('configmap/tool unlabeled\n');
    await ok('annotate', 'cm', 'tool', 'note=by hand');
    expect(await ok('get', 'cm', 'tool', '-o', 'jsonpath={.metadata.annotations.note}')).toBe(
      'by hand',
    );
    const json = await ok('get', 'cm', 'tool', '-o', 'json');
    lab.file('tool.json', json.replace('"size": "5"', '"size": "6"'));
    expect(await ok('replace', '-f', 'tool.json')).toBe('configmap/tool replaced\n');
    expect(await lab.kubectl.fails('replace', '-f', 'tool.json')).toContain(
      'the object has been modified; please apply your changes to the latest version',
    );
  });

  it('a pod from apply to delete, watched', async () => {
    const watch = lab.background('get', 'pods', '--watch');
    await lab.apply('web.yaml', MANIFEST);
    expect(await ok('wait', '--for=condition=Ready', 'pod/web', '--timeout=60s')).toBe(
      'pod/web condition met\n',
    );
    await watch.waitFor(/^web +0\/1 +ContainerCreating +0 /m, 5_000);
    await watch.waitFor(/^web +1\/1 +Running +0 /m, 5_000);
    const wide = await ok('get', 'pods', '-o', 'wide');
    expect(wide).toMatch(/^web +1\/1 +Running +0 +\S+ +10\.\d+\.\d+\.\d+ +\S+ +<none> +<none>$/m);
    expect(await ok('get', 'pods', '-A')).toMatch(new RegExp(`^${name} +web +1/1 `, 'm'));
    const ip = await ok('get', 'pod', 'web', '-o', 'jsonpath={.status.podIP}');
    expect(await (await fetch(`http://${ip}/`)).text()).toContain('nginx');
    const selector = '--field-selector=status.phase=Running';
    expect(await ok('get', 'pods', selector, '-o', 'name')).toBe('pod/web\n');

    const described = await ok('describe', 'pod', 'web');
    expect(described).toMatch(/^Status: +Running$/m);
    expect(described).toMatch(/Readiness: +http-get http:\/\/:80\/ delay=0s timeout=1s period=1s/);
    expect(described).toMatch(/Normal +Started +\S+ +kubelet +/);
    expect(await ok('logs', 'web')).toContain('kube-probe/1.34');
    expect(await ok('events', '--for=pod/web')).toMatch(/Normal +Scheduled +Pod\/web +Success/);
    expect(await ok('get', 'events', '--sort-by=.lastTimestamp')).toContain('pod/web');

    const deleting = ok('delete', 'pod', 'web');
    await ok('wait', '--for=delete', 'pod/web', '--timeout=60s');
    expect(await deleting).toContain('pod "web" deleted');
    await watch.waitFor(/^web +1\/1 +Terminating +0 /m, 5_000);
  });

  it('run and expose make a pod and a Service', async () => {
    await ok('run', 'server', '--image=nginx', '--port=80', '--labels=app=server');
    expect(await ok('expose', 'pod', 'server', '--port=4000', '--target-port=80')).toBe(
      'service/server exposed\n',
    );
    expect(await ok('get', 'svc', 'server')).toMatch(
      /^server +ClusterIP +10\.\d+\.\d+\.\d+ +<none> +4000\/TCP +\d+s$/m,
    );
    expect(await ok('describe', 'svc', 'server')).toMatch(/^TargetPort: +80\/TCP$/m);
    await lab.waitForReady('server');
    expect(await ok('get', 'all')).toMatch(/pod\/server[\s\S]*service\/server/);
    await ok('delete', 'pod,svc', '-l', 'app=server', '--grace-period=1');
  });

  it('says what is wrong with a manifest, all of it', async () => {
    lab.file(
      'wrong.yaml',
      MANIFEST.replace('name: web', 'name: Web_').replace('containerPort: 80', 'containerPort: 0'),
    );
    const said = await lab.kubectl.fails('create', '-f', 'wrong.yaml');
    expect(said).toContain('The Pod "Web_" is invalid:');
    expect(said).toContain('* metadata.name: Invalid value: "Web_"');
    expect(said).toContain('* spec.containers[0].ports[0].containerPort: Required value');
    const unknown = MANIFEST.replace('name: web', 'name: other');
    lab.file('unknown.yaml', `${unknown}  restartPolice: Never\n`);
    expect(await lab.kubectl.fails('create', '-f', 'unknown.yaml')).toContain(
      'unknown field "spec.restartPolice"',
    );
    const warned = await lab.kubectl.okWith(
      {},
      'create',
      '-f',
      'unknown.yaml',
      '--validate=warn',
      '--dry-run=server',
    );
    expect(warned.stderr).toContain('Warning: unknown field "spec.restartPolice"');
  });

  it('a node is shown, described, labelled and cordoned', async () => {
    const nodes = await ok('get', 'nodes', '-o', 'wide');
    expect(nodes).toMatch(/^\S+ +Ready +\S+ +\S+ +v1\.34\.\d\S* +\d+\.\d+\.\d+\.\d+ /m);
    const node = (await ok('get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}')).trim();
    const described = await ok('describe', 'node', node);
    expect(described).toMatch(/Ready +True .* KubeletReady/);
    expect(described).toMatch(/Allocatable:\n +cpu: +\d+/);
    expect(await ok('cordon', node)).toBe(`node/${node} cordoned\n`);
    expect(await ok('get', 'nodes')).toContain('Ready,SchedulingDisabled');
    expect(await ok('uncordon', node)).toBe(`node/${node} uncordoned\n`);
  });
});
