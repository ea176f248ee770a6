/** The least that an API server over HTTPS can do: for the scenario `ceiling`. */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { podBody } from './pod-body.ts';

const folder = process.argv[2] as string;
const read = (name: string) => readFileSync(join(folder, name));
const answer = Buffer.from(podBody(0));
const server = createSecureServer(
  {
    allowHTTP1: true,
    key: read('server.key'),
    cert: read('server.crt'),
    ca: read('ca.crt'),
    requestCert: true,
  },
  (request, response) => {
    const chunks: Buffer[] = [];
    const send = (bytes: Buffer) => {
      const headers = { 'content-type': 'application/json', 'content-length': bytes.length };
      // Both halves of the server have the surface used here.
      (response as unknown as ServerResponse).writeHead(200, headers).end(bytes);
    };
    if (request.method === 'GET') return send(answer);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      send(Buffer.from(JSON.stringify(JSON.parse(Buffer.concat(chunks).toString()))));
    });
  },
);
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
