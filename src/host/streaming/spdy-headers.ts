import { Deflate, Inflate, Z_SYNC_FLUSH } from 'pako';

/** Names and values of headers; names in lower case. */
export type SpdyHeaders = Readonly<Record<string, string>>;

/** All headers of one frame, unpacked; more is an attack. */
const BLOCK_BYTES_MAX = 64 * 1024;

/** Words that SPDY/3.1 packs headers with: each with its length, then a text without. */
const WORDS =
  'options head post put delete trace accept accept-charset accept-encoding accept-language ' +
  'accept-ranges age allow authorization cache-control connection content-base ' +
  'content-encoding content-language content-length content-location content-md5 ' +
  'content-range content-type date etag expect expires from host if-match if-modified-since ' +
  'if-none-match if-range if-unmodified-since last-modified location max-forwards pragma ' +
  'proxy-authenticate proxy-authorization range referer retry-after server te trailer ' +
  'transfer-encoding upgrade user-agent vary via warning www-authenticate method get status ' +
  '200_OK version HTTP/1.1 url public set-cookie keep-alive origin';
const TEXT =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505' +
  '203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 ' +
  'Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 ' +
  'Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, ' +
  'Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,' +
  'application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,' +
  'sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.';

/** The dictionary of SPDY/3.1, which both sides begin with. */
export const DICTIONARY: Buffer = Buffer.concat([
  ...WORDS.split(' ').map((word) => withLength(word.replace('_', ' '))),
  Buffer.from(TEXT),
]);

/** Packs the headers of one direction: they are one stream over all frames. */
export class HeaderPacker {
  readonly #deflate = new Deflate({ dictionary: DICTIONARY });
  #chunks: Uint8Array[] = [];

  constructor() {
    this.#deflate.onData = (chunk) => this.#chunks.push(chunk);
  }

  pack(headers: SpdyHeaders): Buffer {
    const pairs = Object.entries(headers);
    const block = Buffer.concat([
      uint32(pairs.length),
      ...pairs.flatMap(([name, value]) => [withLength(name.toLowerCase()), withLength(value)]),
    ]);
    this.#chunks = [];
    // The flush ends each block at a byte: Go's reader waits for more otherwise.
    this.#deflate.push(block, Z_SYNC_FLUSH);
    return Buffer.concat(this.#chunks);
  }
}

/** Unpacks the headers of one direction. */
export class HeaderUnpacker {
  readonly #inflate = new Inflate({ dictionary: DICTIONARY });
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor() {
    this.#inflate.onData = (chunk) => {
      this.#bytes += chunk.length;
      // The rest is unpacked and dropped: a frame bounds what that can be.
      if (this.#bytes <= BLOCK_BYTES_MAX) this.#chunks.push(chunk);
    };
  }

  /** @throws Error when it is not a block of headers */
  unpack(packed: Uint8Array): SpdyHeaders {
    this.#chunks = [];
    this.#bytes = 0;
    this.#inflate.push(packed, Z_SYNC_FLUSH);
    if (this.#inflate.err !== 0) throw new Error(`bad SPDY headers: ${this.#inflate.msg}`);
    if (this.#bytes > BLOCK_BYTES_MAX) throw new Error('too many SPDY headers');
    return parseBlock(Buffer.concat(this.#chunks));
  }
}

function parseBlock(block: Buffer): SpdyHeaders {
  let at = 0;
  const length = () => {
    if (at + 4 > block.length) throw new Error('SPDY headers end too early');
    at += 4;
    return block.readUInt32BE(at - 4);
  };
  const text = () => {
    const bytes = length();
    if (at + bytes > block.length) throw new Error('SPDY headers end too early');
    at += bytes;
    return block.toString('utf8', at - bytes, at);
  };
  const headers: [string, string][] = [];
  for (let left = length(); left > 0; left--) headers.push([text().toLowerCase(), text()]);
  return Object.fromEntries(headers);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function withLength(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint32(bytes.length), bytes]);
}
