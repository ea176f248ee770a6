import { describe, expect, it } from 'vitest';
import { fullImageName } from './image-name.ts';

describe('fullImageName', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['python:2.7-alpine', 'docker.io/library/python:2.7-alpine'],
    ['mhausenblas/simpleservice:0.5.0', 'docker.io/mhausenblas/simpleservice:0.5.0'],
    ['k8s.gcr.io/busybox', 'k8s.gcr.io/busybox:latest'],
    ['localhost:5000/a/b', 'localhost:5000/a/b:latest'],
    ['gcr.io/google-samples/hello-app:1.0', 'gcr.io/google-samples/hello-app:1.0'],
  ])('fills in the defaults of %s', (name, full) => {
    expect(fullImageName(name)).toBe(full);
  });
});
