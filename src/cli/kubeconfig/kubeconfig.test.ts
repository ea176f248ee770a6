import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import {
  type ClusterAccess,
  kubeconfigFor,
  mergeKubeconfig,
  removeFromKubeconfig,
} from './kubeconfig.ts';

const access: ClusterAccess = {
  name: 'proa',
  server: 'https://127.0.0.1:6443',
  ca: 'CA',
  clientCert: 'CERT',
  clientKey: 'KEY',
};

const OTHERS = `apiVersion: v1
kind: Config
preferences: {colors: true}
extensions: [{name: mine, extension: {a: 1}}]
current-context: work
clusters:
- name: work
  cluster: {server: https://work, insecure-skip-tls-verify: true}
users:
- name: me
  user: {exec: {apiVersion: v1, command: login, args: ["--on", "yes"]}}
contexts:
- name: work
  context: {cluster: work, user: me, namespace: team}
`;

const parse = (text: string | null) => load(text ?? '') as Record<string, unknown>;

describe('kubeconfigFor', () => {
  it('is a whole kubeconfig', () => {
    expect(parse(kubeconfigFor(access))).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      preferences: {},
      'current-context': 'proa',
      clusters: [
        {
          name: 'proa',
          cluster: { server: access.server, 'certificate-authority-data': 'Q0E=' },
        },
      ],
      users: [
        {
          name: 'proa',
          user: { 'client-certificate-data': 'Q0VSVA==', 'client-key-data': 'S0VZ' },
        },
      ],
      contexts: [{ name: 'proa', context: { cluster: 'proa', user: 'proa' } }],
    });
  });
});

describe('mergeKubeconfig', () => {
  it('keeps all else and makes the context the current one', () => {
    const before = parse(OTHERS);
    const merged = parse(mergeKubeconfig(OTHERS, access));
    expect(merged['current-context']).toBe('proa');
    for (const section of ['clusters', 'users', 'contexts'] as const) {
      expect((merged[section] as unknown[])[0]).toEqual((before[section] as unknown[])[0]);
      expect(merged[section]).toHaveLength(2);
    }
    expect(merged).toMatchObject({ preferences: { colors: true }, extensions: [{ name: 'mine' }] });
  });

  it('replaces what an earlier cluster of this name left', () => {
    const once = mergeKubeconfig(OTHERS, access);
    const again = mergeKubeconfig(once, { ...access, server: 'https://127.0.0.1:7443' });
    expect(again).toContain('https://127.0.0.1:7443');
    expect(again).not.toContain('https://127.0.0.1:6443');
    expect(parse(again).clusters).toHaveLength(2);
  });

  it('fills sections that are null', () => {
    const text = 'clusters: null\nusers: null\ncontexts: null\n';
    expect(parse(mergeKubeconfig(text, access)).contexts).toHaveLength(1);
  });
});

describe('removeFromKubeconfig', () => {
  it('undoes a merge, except that no context is the current one', () => {
    const after = parse(removeFromKubeconfig(mergeKubeconfig(OTHERS, access), 'proa'));
    expect(after).toEqual({ ...parse(OTHERS), 'current-context': '' });
  });

  it('keeps the current context when it is another', () => {
    const text = mergeKubeconfig(OTHERS, access).replace(/^current-context: .*$/m, '');
    expect(removeFromKubeconfig(`${text}\ncurrent-context: work\n`, 'proa')).toContain(
      'current-context: work',
    );
  });

  it('has nothing to do where the cluster is not', () => {
    expect(removeFromKubeconfig(OTHERS, 'proa')).toBeNull();
    expect(removeFromKubeconfig('', 'proa')).toBeNull();
  });
});
