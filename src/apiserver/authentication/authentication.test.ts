import { beforeEach, describe, expect, it } from 'vitest';
import { kinds } from '../../objects/kinds.ts';
import { simTokenKeys } from '../../sim/token-keys.ts';
import type { UserInfo } from '../handler.ts';
import { ADMIN, TestServer } from '../testing/test-server.ts';
import { signSecretToken } from './secret-tokens.ts';

const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const TOKENS = {
  keys: simTokenKeys(),
  issuer: ISSUER,
  jwksUri: 'https://192.0.2.1/openid/v1/jwks',
};
const NAMESPACE = '/api/v1/namespaces/default';
const ROBOT = `${NAMESPACE}/serviceaccounts/robot`;
const REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';
const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/);
const NODE: UserInfo = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };

let server: TestServer;
beforeEach(async () => {
  server = new TestServer(kinds, { tokens: TOKENS, authorizer: undefined });
  await server.call('POST', `${NAMESPACE}/serviceaccounts`, { metadata: { name: 'robot' } });
  await server.call('POST', '/api/v1/nodes', { metadata: { name: 'n1' } });
  await createPod('web');
});

async function createPod(name: string, spec: object = {}): Promise<string> {
  const containers = [{ name: 'c', image: 'i' }];
  const body = {
    metadata: { name },
    spec: { serviceAccountName: 'robot', nodeName: 'n1', containers, ...spec },
  };
  return (await server.call('POST', `${NAMESPACE}/pods`, body)).value.metadata.uid;
}

const uidOf = async (url: string): Promise<string> =>
  (await server.call('GET', url)).value.metadata.uid;

function request(spec: object = {}, user = ADMIN, url = ROBOT) {
  return server.call('POST', `${url}/token`, { spec }, { user });
}

async function token(spec: object = {}): Promise<string> {
  return (await request(spec)).value.status.token;
}

const claimsOf = (text: string) =>
  JSON.parse(Buffer.from(text.split('.')[1]!, 'base64url').toString());

async function review(text: string, audiences?: string[]) {
  const body = { spec: { token: text, audiences } };
  return (await server.call('POST', REVIEWS, body)).value.status;
}

const toPod = { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'web' } };

describe('a token of a service account', () => {
  it('has upstream claims', async () => {
    const { status, value } = await request();
    expect([status, value.kind, value.spec]).toEqual([
      201,
      'TokenRequest',
      { audiences: [ISSUER], expirationSeconds: 3600 },
    ]);
    const now = server.clock.now() / 1000;
    expect(claimsOf(value.status.token)).toEqual({
      aud: [ISSUER],
      exp: now + 3600,
      iat: now,
      iss: ISSUER,
      jti: UUID,
      'kubernetes.io': {
        namespace: 'default',
        serviceaccount: { name: 'robot', uid: await uidOf(ROBOT) },
      },
      nbf: now,
      sub: 'system:serviceaccount:default:robot',
    });
    expect(value.status.expirationTimestamp).toBe('2026-01-02T04:04:05Z');
  });

  it('names the pod it is bound to, and its node', async () => {
    expect(claimsOf(await token(toPod))['kubernetes.io']).toMatchObject({
      pod: { name: 'web', uid: await uidOf(`${NAMESPACE}/pods/web`) },
      node: { name: 'n1', uid: await uidOf('/api/v1/nodes/n1') },
    });
  });

  it('tells who its bearer is', async () => {
    const pod = await uidOf(`${NAMESPACE}/pods/web`);
    const text = await token(toPod);
    const user = await server.server.authenticate(text);
    expect(user).toEqual({
      name: 'system:serviceaccount:default:robot',
      uid: await uidOf(ROBOT),
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      extra: {
        'authentication.kubernetes.io/credential-id': [`JTI=${claimsOf(text).jti}`],
        'authentication.kubernetes.io/node-name': ['n1'],
        'authentication.kubernetes.io/node-uid': [await uidOf('/api/v1/nodes/n1')],
        'authentication.kubernetes.io/pod-name': ['web'],
        'authentication.kubernetes.io/pod-uid': [pod],
      },
    });
    const url = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const { status, value } = await server.call('POST', url, {}, { user: user! });
    expect([status, value.status.userInfo.username]).toEqual([201, user!.name]);
    const list = await server.call('GET', `${NAMESPACE}/pods`, undefined, { user: user! });
    expect([list.status, list.value.message]).toEqual([
      403,
      'pods is forbidden: User "system:serviceaccount:default:robot" cannot list resource "pods" in API group "" in the namespace "default"',
    ]);
    expect((await server.call('GET', '/api', undefined, { user: user! })).status).toBe(200);
  });

  it('ends at its time', async () => {
    const text = await token({ expirationSeconds: 600 });
    await server.clock.advance(660_000);
    expect(await server.server.authenticate(text)).not.toBeNull();
    await server.clock.advance(1_000);
    expect(await server.server.authenticate(text)).toBeNull();
    expect((await review(text)).error).toBe(
      'invalid bearer token, service account token has expired',
    );
  });

  it.each([
    ['pod', `${NAMESPACE}/pods/web`],
    ['account', ROBOT],
  ])('ends with its %s, and stays so when another has its name', async (_name, url) => {
    const text = await token(toPod);
    const old = (await server.call('GET', url)).value;
    await server.call('DELETE', `${url}?gracePeriodSeconds=0`);
    expect(await server.server.authenticate(text)).toBeNull();
    const { name } = old.metadata;
    await server.call('POST', url.slice(0, url.lastIndexOf('/')), { ...old, metadata: { name } });
    expect(await server.server.authenticate(text)).toBeNull();
  });

  it('is good for its audiences only', async () => {
    const text = await token({ audiences: ['vault'] });
    expect(await server.server.authenticate(text)).toBeNull();
    expect(await review(text, ['vault', 'x'])).toMatchObject({
      authenticated: true,
      audiences: ['vault'],
      user: { username: 'system:serviceaccount:default:robot' },
    });
    expect(await review(text)).toEqual({
      error: `invalid bearer token, token audiences ["vault"] is invalid for the target audiences ["${ISSUER}"]`,
      user: {},
    });
  });

  it.each([
    [
      'changed',
      (text: string) => text.replace(/\..*\./, `.${Buffer.from('{}').toString('base64url')}.`),
    ],
    ['without signature', (text: string) => text.replace(/\.[^.]*$/, '.')],
    [
      'that says it needs none',
      (text: string) =>
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${text.split('.')[1]}.`,
    ],
    ['of four parts', (text: string) => `${text}.x`],
    ['that is none', () => 'x'],
  ])('%s is nobody', async (_name, change) => {
    expect(await server.server.authenticate(change(await token()))).toBeNull();
  });

  const refusals: [string, object, number, string][] = [
    [
      'too short a life',
      { expirationSeconds: 60 },
      422,
      'TokenRequest.authentication.k8s.io "robot" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
    ],
    [
      'a pod that does not exist',
      { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'x' } },
      404,
      'pods "x" not found',
    ],
    [
      'a pod of another account',
      { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'other' } },
      400,
      'cannot bind token for serviceaccount "robot" to pod running with different serviceaccount name.',
    ],
    [
      'another uid',
      { boundObjectRef: { ...toPod.boundObjectRef, uid: 'u' } },
      409,
      'Operation cannot be fulfilled on Pod "web": the UID in the bound object reference (u) does not match the UID in record. The object might have been deleted and then recreated',
    ],
    [
      'another kind',
      { boundObjectRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' } },
      400,
      'cannot bind token to object of type apps/v1, Kind=Deployment',
    ],
  ];
  it.each(refusals)('is refused for %s', async (_name, spec, code, message) => {
    await createPod('other', { serviceAccountName: 'someone' });
    const { status, value } = await request(spec);
    expect([status, value.message]).toEqual([code, message]);
  });
});

describe('a token in a Secret', () => {
  const SECRET = `${NAMESPACE}/secrets/robot-token`;

  /** Puts a token of the account robot into the Secret robot-token, and answers it. */
  async function keep(): Promise<string> {
    const account = (await server.call('GET', ROBOT)).value;
    const text = signSecretToken(TOKENS.keys, account, 'robot-token');
    const metadata = { name: 'robot-token' };
    await server.call('POST', `${NAMESPACE}/secrets`, { metadata, stringData: { token: text } });
    return text;
  }

  it('has upstream claims, and no end', async () => {
    const text = await keep();
    const uid = await uidOf(ROBOT);
    expect(claimsOf(text)).toEqual({
      iss: 'kubernetes/serviceaccount',
      'kubernetes.io/serviceaccount/namespace': 'default',
      'kubernetes.io/serviceaccount/secret.name': 'robot-token',
      'kubernetes.io/serviceaccount/service-account.name': 'robot',
      'kubernetes.io/serviceaccount/service-account.uid': uid,
      sub: 'system:serviceaccount:default:robot',
    });
    await server.clock.advance(400 * 24 * 3_600_000);
    expect(await server.server.authenticate(text)).toEqual({
      name: 'system:serviceaccount:default:robot',
      uid,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    });
  });

  it('is for the API alone', async () => {
    const text = await keep();
    expect(await review(text)).toMatchObject({ authenticated: true, audiences: [ISSUER] });
    expect((await review(text, ['vault'])).error).toBe(
      `invalid bearer token, token audiences ["${ISSUER}"] is invalid for the target audiences ["vault"]`,
    );
  });

  const ends: [string, () => Promise<unknown>, RegExp][] = [
    ['the Secret is gone', () => server.call('DELETE', SECRET), /Token has been invalidated$/],
    [
      'the Secret holds another',
      () =>
        server.call(
          'PATCH',
          SECRET,
          { stringData: { token: 'x' } },
          { contentType: 'application/merge-patch+json' },
        ),
      /Token does not match server's copy$/,
    ],
    ['the account is gone', () => server.call('DELETE', ROBOT), /"robot" not found$/],
    [
      'another account has its name',
      async () => {
        await server.call('DELETE', ROBOT);
        await server.call('POST', `${NAMESPACE}/serviceaccounts`, { metadata: { name: 'robot' } });
      },
      /service account UID \(\S+\) does not match claim \(\S+\)$/,
    ],
  ];
  it.each(ends)('is good no more when %s', async (_name, end, why) => {
    const text = await keep();
    expect(await server.server.authenticate(text)).not.toBeNull();
    await end();
    expect(await server.server.authenticate(text)).toBeNull();
    expect((await review(text)).error).toMatch(why);
  });
});

describe('a node', () => {
  it('gets tokens of its own pods', async () => {
    const sources = [
      { serviceAccountToken: { path: 't', audience: 'vault' } },
      { serviceAccountToken: { path: 'u' } },
    ];
    const uid = await createPod('own', { volumes: [{ name: 'v', projected: { sources } }] });
    const boundObjectRef = { ...toPod.boundObjectRef, name: 'own', uid };
    expect((await request({ boundObjectRef }, NODE)).status).toBe(201);
    expect((await request({ boundObjectRef, audiences: ['vault'] }, NODE)).status).toBe(201);
  });

  it('gets none for audiences that the pod does not name', async () => {
    const boundObjectRef = { ...toPod.boundObjectRef, uid: await uidOf(`${NAMESPACE}/pods/web`) };
    for (const audiences of [[], ['x']]) {
      const { status, value } = await request({ boundObjectRef, audiences }, NODE);
      expect([status, value.message]).toEqual([
        403,
        `serviceaccounts "robot" is forbidden: audience "${audiences[0] ?? ''}" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience`,
      ]);
    }
  });

  const refusals: [string, object, string][] = [
    ['no pod', {}, 'node requested token not bound to a pod'],
    ['no uid', toPod, 'node requested token with a pod binding without a uid'],
  ];
  it.each(refusals)('is refused with %s', async (_name, spec, why) => {
    const { status, value } = await request(spec, NODE);
    expect([status, value.message]).toEqual([403, `serviceaccounts "robot" is forbidden: ${why}`]);
  });

  it('gets none of pods elsewhere', async () => {
    const uid = await createPod('far', { nodeName: 'n2' });
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'far', uid };
    const { value } = await request({ boundObjectRef }, NODE);
    expect(value.message).toBe(
      'serviceaccounts "robot" is forbidden: node requested token bound to a pod scheduled on a different node',
    );
  });

  it('gets none of accounts that its pods do not have', async () => {
    const { status, value } = await request({}, NODE, `${NAMESPACE}/serviceaccounts/x`);
    expect([status, value.message]).toEqual([
      403,
      `serviceaccounts "x" is forbidden: User "system:node:n1" cannot create resource "serviceaccounts/token" in API group "" in the namespace "default": no relationship found between node 'n1' and this object`,
    ]);
  });
});

describe('the issuer', () => {
  const robot: UserInfo = { name: 'r', groups: ['system:serviceaccounts', 'system:authenticated'] };

  it('tells service accounts where its keys are', async () => {
    const url = '/.well-known/openid-configuration';
    expect((await server.call('GET', url, undefined, { user: robot })).value).toEqual({
      issuer: ISSUER,
      jwks_uri: 'https://192.0.2.1/openid/v1/jwks',
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    });
    const keys = await server.call('GET', '/openid/v1/jwks', undefined, { user: robot });
    expect(keys.headers['content-type']).toBe('application/jwk-set+json');
    expect(keys.value.keys).toEqual([TOKENS.keys.jwk]);
  });
});

describe('reviews', () => {
  it('can be created, and nothing else', async () => {
    const list = (await server.call('GET', '/apis/authentication.k8s.io/v1')).value;
    expect(
      list.resources.map(({ name, verbs }: { name: string; verbs: string[] }) => [name, verbs]),
    ).toEqual([
      ['selfsubjectreviews', ['create']],
      ['tokenreviews', ['create']],
    ]);
    expect((await server.call('GET', REVIEWS)).status).toBe(405);
    expect((await server.call('DELETE', `${REVIEWS}/x`)).status).toBe(405);
    expect((await server.call('POST', REVIEWS, { spec: {} })).status).toBe(400);
  });
});
