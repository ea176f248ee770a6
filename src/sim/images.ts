import type { SimImage } from './image.ts';

const server = (name: string, port: number): SimImage => ({ name, script: `serve ${port}` });
const shell = (name: string): SimImage => ({ name, script: 'exit 0', onTerm: null });

/** Well-known images, as far as a simulation can play them. */
export const KNOWN_IMAGES: readonly SimImage[] = [
  shell('alpine'),
  shell('busybox'),
  shell('k8s.gcr.io/busybox'),
  shell('registry.k8s.io/busybox'),
  shell('python:2.7-alpine'),
  server('nginx', 80),
  server('nginx:1.7.9', 80),
  server('httpd', 80),
  server('kubernetes/redis:v1', 6379),
  server('redis', 6379),
  server('mysql:5.6', 3306),
  server('mhausenblas/simpleservice:0.5.0', 9876),
  server('k8s.gcr.io/goproxy:0.1', 8080),
  server('registry.k8s.io/goproxy:0.1', 8080),
  server('gcr.io/google-samples/hello-app:1.0', 8080),
  liveness('k8s.gcr.io/liveness'),
  liveness('registry.k8s.io/liveness'),
].map((image) => ({ ...image, present: false, pullMs: 500 }));

/** /healthz answers 200 for ten seconds, then 500. */
function liveness(name: string): SimImage {
  const path = '/healthz';
  return {
    name,
    script: 'serve 8080',
    http: [
      { path, untilSeconds: 10, status: 200, body: 'ok' },
      { path, status: 500, body: 'error' },
    ],
  };
}

/** What any other image does: it serves on the usual ports until it is stopped. */
export function anyImage(name: string): SimImage {
  return { name, script: 'serve 80 8080', present: false, pullMs: 500 };
}
