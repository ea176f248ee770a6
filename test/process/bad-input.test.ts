import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAccess } from '../../src/cli/kubeconfig/read-access.ts';
import type { Status } from '../../src/generated/types.ts';
import { ensureCertificates } from '../../src/host/pki/certificates.ts';
import { Api, type ApiAnswer } from '../harness/api.ts';
import type { TestCluster } from '../harness/cluster.ts';
import { sharedCluster } from '../harness/shared-cluster.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const MEBIBYTE = 1024 * 1024;

const map = (name: string) =>
  `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"}}`;

describe('bad input', () => {
  let cluster: TestCluster;
  let api: Api;
  let anonymous: Api;

  beforeAll(async () => {
    ({ cluster } = await sharedCluster());
    api = await cluster.api();
    anonymous = await cluster.api('anonymous');
  });
  afterAll(() => {
    api?.close();
    anonymous?.close();
  });

  function statusOf({ status, text }: ApiAnswer): Status {
    const body = JSON.parse(text) as Status;
    expect([body.kind, body.status, body.code]).toEqual(['Status', 'Failure', status]);
    return body;
  }

  async function post(body: string | Uint8Array, type = 'application/json'): Promise<Status> {
    const headers = { 'Content-Type': type };
    return statusOf(await api.request(MAPS, { method: 'POST', headers, body }));
  }

  it.each([
    ['a body of more than 3 MiB', `{"a":"${'x'.repeat(3 * MEBIBYTE)}"}`, 413],
    ['no body', '', 400],
    ['half a JSON', '{"apiVersion":"v1","kind":', 400],
    ['something else than JSON', 'once upon a time', 400],
    ['a JSON that is no object', '[1,2,3]', 400],
    ['100,000 brackets', '['.repeat(100_000), 400],
    ['an object in 100,000 others', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, 400],
    ['another kind', map('x').replace('ConfigMap', 'Secret'), 400],
    ['a list where an object belongs', map('x').replace('{"name":"x"}', '[]'), 400],
    ['a number where a text belongs', map('x').replace('"x"', '7'), 400],
    ['a name that may not be', map('Not_A_Name'), 422],
  ])('%s is refused with a Status', async (_what, body, code) => {
    const { message, code: given } = await post(body);
    expect(given).toBe(code);
    expect(message).not.toBe('');
  });

  it('says the limit, and what is not JSON', async () => {
    const large = await post('x'.repeat(3 * MEBIBYTE + 1));
    expect([large.reason, large.message]).toEqual([
      'RequestEntityTooLarge',
      'Request entity too large: limit is 3145728',
    ]);
    expect((await post('{"apiVersion":"v1","kind":')).reason).toBe('BadRequest');
    const invalid = await post(map('Not_A_Name'));
    expect([invalid.reason, invalid.details?.causes?.[0]?.field]).toEqual([
      'Invalid',
      'metadata.name',
    ]);
  });

  it('a YAML of nothing but aliases grows nowhere', async () => {
    const levels = [...'bcdefghijk'].map((name, index) => {
      const before = 'abcdefghij'[index];
      return `${name}: &${name} [${Array(9).fill(`*${before}`).join(',')}]`;
    });
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${levels.join('\n')}\n`;
    expect((await post(bomb, 'application/yaml')).code).toBe(400);
  });

  it('content types that nobody speaks are refused', async () => {
    expect((await post(map('x'), 'text/plain')).reason).toBe('UnsupportedMediaType');
    const patched = await api.request('/api/v1/namespaces/default', {
      method: 'PATCH',
      headers: JSON_TYPE,
      body: '{}',
    });
    expect(statusOf(patched).code).toBe(415);
    const asked = await api.request(MAPS, { headers: { Accept: 'text/html' } });
    expect(statusOf(asked).code).toBe(406);
  });

  it.each([
    ['GET', '/nothing/here', 404],
    ['GET', '/api/v2/pods', 404],
    ['GET', '/apis/nothing.example/v1/things', 404],
    ['GET', '/api/v1/namespaces/default/nothings', 404],
    ['GET', '/api/v1/namespaces/default/pods/none', 404],
    ['GET', '/api/v1/namespaces/default/pods/none/nothing', 404],
    ['GET', '/api/v1/namespaces/default/configmaps/../../../%2e%2e/etc/passwd', 404],
    ['GET', `${MAPS}?limit=many`, 400],
    ['GET', `${MAPS}?labelSelector=,,(`, 400],
    ['GET', `${MAPS}?fieldSelector=data.x%3D1`, 400],
    ['GET', `${MAPS}?resourceVersion=old`, 400],
    ['GET', `${MAPS}?continue=nonsense`, 400],
    ['PUT', MAPS, 405],
    ['POST', '/api/v1/namespaces/default/configmaps/x', 405],
    ['POST', '/api/v1/namespaces/nowhere/configmaps', 404],
  ] as const)('%s %s is answered with %d', async (method, path, status) => {
    const body = method === 'GET' ? undefined : map('x');
    const answer = await api.request(path, { method, headers: JSON_TYPE, body });
    expect(answer.status, answer.text).toBe(status);
  });

  it('nobody in particular may ask for health and version, and for nothing else', async () => {
    for (const path of ['/healthz', '/livez', '/readyz', '/version']) {
      expect((await anonymous.request(path)).status).toBe(200);
    }
    const refused = statusOf(await anonymous.request('/api/v1/pods'));
    expect([refused.code, refused.reason, refused.message]).toEqual([
      403,
      'Forbidden',
      'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" ' +
        'at the cluster scope',
    ]);
  });

  it('a wrong token and a certificate of somebody else are unauthorized', async () => {
    const headers = { Authorization: 'Bearer wrong' };
    const answer = statusOf(await anonymous.request('/api/v1/pods', { headers }));
    expect([answer.code, answer.reason, answer.message]).toEqual([
      401,
      'Unauthorized',
      'Unauthorized',
    ]);
    const folder = mkdtempSync(join(tmpdir(), 'proa-other-ca-'));
    const other = await ensureCertificates(folder, { dnsNames: ['x'], ipAddresses: [] });
    const access = await readAccess(cluster.home);
    const { cert: clientCert, key: clientKey } = other.admin;
    const stranger = new Api({ ...access, clientCert, clientKey });
    expect((await stranger.request('/api/v1/pods')).status).toBe(401);
    stranger.close();
    rmSync(folder, { recursive: true });
  });

  it('slow clients disturb nobody', async () => {
    const { server, ca, clientCert: cert, clientKey: key } = await readAccess(cluster.home);
    const { hostname: host, port } = new URL(server);
    const sockets: TLSSocket[] = [];
    const beginnings = [
      'GET /api/v1/pods HTTP/1.1\r\nHost: x\r\nX-Slow',
      `POST ${MAPS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"`,
    ];
    for (let i = 0; i < 100; i++) {
      const socket = connect({ host, port: Number(port), ca, cert, key });
      socket.on('error', () => {});
      await new Promise((resolve) => socket.once('secureConnect', resolve));
      socket.write(beginnings[i % 2]!);
      sockets.push(socket);
    }
    const startedAt = Date.now();
    expect((await api.request('/api/v1/namespaces')).status).toBe(200);
    expect(Date.now() - startedAt).toBeLessThan(1_000);
    for (const socket of sockets) socket.destroy();
  });

  it('many large bodies at once leave the memory as it was', async () => {
    const memory = async () => {
      const { stdout } = await cluster.proa(['status', '-o', 'json']);
      const { memoryBytes } = JSON.parse(stdout) as { memoryBytes: Record<string, number> };
      return Object.values(memoryBytes).reduce((sum, bytes) => sum + bytes, 0);
    };
    const before = await memory();
    const body = Buffer.alloc(20 * MEBIBYTE, 'x');
    const sends = Array.from({ length: 30 }, () =>
      // The server may close the connection while the body still comes.
      api.request(MAPS, { method: 'POST', headers: JSON_TYPE, body }).then(
        ({ status }) => status,
        () => 413,
      ),
    );
    expect(new Set(await Promise.all(sends))).toEqual(new Set([413]));
    expect((await api.request('/readyz')).status).toBe(200);
    expect((await memory()) - before).toBeLessThan(200 * MEBIBYTE);
  });
});
