import type { ImageRunConfig } from '../../src/host/pause-image/oci-image.ts';
import type { LayerName } from './layer-definitions.ts';

/** An image: its name as manifests write it, its layers from the lowest up, how it starts. */
export type ImageDefinition = { name: string; layers: LayerName[]; run: ImageRunConfig };

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const BUSYBOX = { layers: ['busybox'] as LayerName[], run: { Cmd: ['sh'], Env: [PATH] } };
const GO_LIKE: LayerName[] = ['busybox', 'glibc', 'python'];

const nginx = (name: string, version: string): ImageDefinition => ({
  name,
  layers: ['busybox', 'glibc', 'openssl', 'bash', 'nginx'],
  run: {
    Cmd: ['nginx', '-g', 'daemon off;'],
    Env: [PATH, `NGINX_VERSION=${version}`],
    ExposedPorts: { '80/tcp': {} },
    StopSignal: 'SIGQUIT',
  },
});

/**
 * Every image the labs' documents name (the sandbox image is not among them: the product makes
 * it). Commands, ports, users and stop signals are the originals'.
 */
export const IMAGES: ImageDefinition[] = [
  { name: 'busybox', ...BUSYBOX },
  { name: 'alpine', layers: ['busybox'], run: { Cmd: ['/bin/sh'], Env: [PATH] } },
  { name: 'k8s.gcr.io/busybox', ...BUSYBOX },
  {
    name: 'python:2.7-alpine',
    layers: ['busybox', 'glibc', 'openssl', 'python', 'pythonLibrary', 'python2Names'],
    run: { Cmd: ['python'], Env: [PATH, 'LANG=C.UTF-8', 'PYTHONDONTWRITEBYTECODE=1'] },
  },
  nginx('nginx', '1.22.1'),
  // The same program: only the variable tells the documents' old version from it.
  nginx('nginx:1.7.9', '1.7.9'),
  {
    name: 'k8s.gcr.io/liveness',
    layers: [...GO_LIKE, 'liveness'],
    run: { Entrypoint: [], Cmd: ['/server'], Env: [PATH], ExposedPorts: { '8080/tcp': {} } },
  },
  {
    name: 'k8s.gcr.io/goproxy:0.1',
    layers: [...GO_LIKE, 'goproxy'],
    run: { Entrypoint: ['/goproxy'], Env: [PATH], ExposedPorts: { '8080/tcp': {} } },
  },
  {
    name: 'gcr.io/google-samples/hello-app:1.0',
    layers: [...GO_LIKE, 'helloApp'],
    run: { Cmd: ['./hello-app'], Env: [PATH, 'PORT=8080'], ExposedPorts: { '8080/tcp': {} } },
  },
  {
    name: 'mhausenblas/simpleservice:0.5.0',
    layers: [...GO_LIKE, 'simpleservice'],
    run: {
      Cmd: ['./simpleservice.py'],
      WorkingDir: '/usr/src/app',
      Env: [PATH, 'LANG=C.UTF-8', 'REFRESHED_AT=2017-04-24T13:50'],
      ExposedPorts: { '9876/tcp': {} },
    },
  },
  {
    name: 'satoms/jumpserver:v1',
    layers: ['busybox', 'glibc', 'openssl', 'bash', 'curl'],
    run: { Cmd: ['/bin/bash'], Env: [PATH] },
  },
  {
    name: 'kubernetes/redis:v1',
    layers: ['busybox', 'glibc', 'openssl', 'cxx', 'systemdLibrary', 'bash', 'redis'],
    run: {
      Entrypoint: ['/bin/bash', '-c'],
      Cmd: ['/run.sh'],
      Env: [PATH],
      ExposedPorts: { '6379/tcp': {} },
    },
  },
  {
    name: 'mysql:5.6',
    layers: ['busybox', 'glibc', 'openssl', 'cxx', 'systemdLibrary', 'bash', 'mariadb'],
    run: {
      Entrypoint: ['docker-entrypoint.sh'],
      Cmd: ['mysqld'],
      Env: [PATH],
      ExposedPorts: { '3306/tcp': {} },
    },
  },
  {
    // The health checker document builds its own image; this is what it would be called here.
    name: 'proa/flask-app:1.0',
    layers: ['busybox', 'glibc', 'openssl', 'python', 'pythonLibrary', 'flask'],
    run: {
      Cmd: ['python', 'app.py'],
      WorkingDir: '/app',
      Env: [PATH, 'LANG=C.UTF-8', 'PYTHONUNBUFFERED=1', 'PYTHONDONTWRITEBYTECODE=1'],
      ExposedPorts: { '5000/tcp': {} },
    },
  },
];
