/** The image of every pod that the benchmark runs for real. */
export const BENCH_IMAGE = 'docker.io/library/alpine:latest';

/** A pod that serves HTTP at once, with a readiness probe each second. */
export function readyPod(name: string): string {
  const readinessProbe = { httpGet: { path: '/', port: 8000 }, periodSeconds: 1 };
  const command = ['sh', '-c', 'echo ok > /tmp/index.html; exec httpd -f -p 8000 -h /tmp'];
  const image = BENCH_IMAGE;
  const containers = [
    { name: 'web', image, imagePullPolicy: 'IfNotPresent', command, readinessProbe },
  ];
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers },
  });
}
