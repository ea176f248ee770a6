import { describe, expect, it } from 'vitest';
import { statusBytes, TerminalSizes } from './command-channels.ts';
import { agree, namesIn, SPDY_COMMAND, tellsStatus, WEB_SOCKET_COMMAND } from './protocols.ts';

async function sizesOf(...parts: readonly string[]) {
  const sizes = new TerminalSizes();
  for (const part of parts) sizes.take(Buffer.from(part));
  sizes.end();
  const found: unknown[] = [];
  for await (const size of sizes.sizes) found.push(size);
  return found;
}

describe('TerminalSizes', () => {
  const size = (columns: number, rows: number) => ({ columns, rows });
  it.each([
    ['one', ['{"Width":80,"Height":24}\n'], [size(80, 24)]],
    ['two together', ['{"Width":1,"Height":2}{"Width":3,"Height":4}'], [size(1, 2), size(3, 4)]],
    ['one in two parts', ['{"Width":8', '0,"Height":24}'], [size(80, 24)]],
    ['none that is a size', ['{"Width":-1,"Height":24}', 'x}', '{"Width":80}', '{}'], []],
    ['a good one after rubbish', ['x}{"Width":80,"Height":24}'], [size(80, 24)]],
  ])('reads %s', async (_name, parts, expected) => {
    expect(await sizesOf(...parts)).toEqual(expected);
  });

  it('keeps no more than a few', async () => {
    const many = Array.from({ length: 100 }, (_, i) => `{"Width":${i + 1},"Height":1}`);
    expect((await sizesOf(...many)).length).toBeLessThan(20);
  });
});

describe('statusBytes', () => {
  const failure = { status: 'Failure', message: 'ended with 3' };
  it('is JSON from the fourth version on, and a bare text before', () => {
    expect(JSON.parse(statusBytes(failure, true).toString())).toEqual(failure);
    expect(statusBytes(failure, false).toString()).toBe('ended with 3');
    expect(statusBytes({ status: 'Success' }, false).length).toBe(0);
  });
});

describe('agree', () => {
  it.each([
    ['the first that both know', ['v9.x', 'v4.channel.k8s.io', 'channel.k8s.io'], SPDY_COMMAND],
    ['the order of the client', ['v4.channel.k8s.io', 'v5.channel.k8s.io'], WEB_SOCKET_COMMAND],
  ])('takes %s', (_name, asked, known) => {
    expect(agree(asked, known)).toBe('v4.channel.k8s.io');
  });

  it('takes no protocol from a client that names none, and nothing from one that knows none', () => {
    expect(agree([], WEB_SOCKET_COMMAND)).toBe('');
    expect(agree(['v9.x'], WEB_SOCKET_COMMAND)).toBe(null);
    expect(namesIn(' a, b,,c ')).toEqual(['a', 'b', 'c']);
    expect(['v5.channel.k8s.io', 'v4.base64.channel.k8s.io'].every(tellsStatus)).toBe(true);
    expect(['', 'channel.k8s.io', 'base64.channel.k8s.io'].some(tellsStatus)).toBe(false);
  });
});
