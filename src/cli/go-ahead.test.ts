import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { goAheadFrom, sendGoAhead } from './go-ahead.ts';

const pair = { cert: 'a certificate\n', key: 'a key\n' };
const goAhead = { certificates: { authority: pair, server: pair, admin: pair } };

it('arrives as it was sent, in however many pieces', async () => {
  const sent = new PassThrough();
  sendGoAhead(sent, goAhead);
  const bytes = sent.read() as Buffer;

  const stream = new PassThrough();
  const received = goAheadFrom(stream);
  for (const byte of bytes) stream.write(Buffer.from([byte]));
  expect(await received).toEqual(goAhead);
});

it('is null when whoever started the daemon has ended without it', async () => {
  const stream = new PassThrough();
  const received = goAheadFrom(stream);
  stream.write('{"certif');
  stream.end();
  stream.resume();
  expect(await received).toBeNull();
});
