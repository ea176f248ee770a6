import {
  createHash,
  createPrivateKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { promisify } from 'node:util';
import { parseIp } from '../../objects/ip.ts';
import {
  bitString,
  boolean,
  objectIdentifier,
  octetString,
  positiveInteger,
  sequence,
  setOf,
  tagged,
  time,
  utf8String,
  valuesIn,
} from './der.ts';

/** How long certificates hold: the authority's for ten years, others for one, as kubeadm's. */
const DAY_MS = 24 * 60 * 60 * 1000;
const AUTHORITY_DAYS = 3650;
const LEAF_DAYS = 365;
/** Clocks of client and server may differ by so much. */
const BACKDATE_MS = 5 * 60 * 1000;
/** An uncompressed point of P-256: what a key's SubjectPublicKeyInfo ends with. */
const POINT_BYTES = 65;
/** Where the subject stands in the signed part of a version 3 certificate. */
const SUBJECT_INDEX = 5;

const ECDSA_WITH_SHA256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';
const SUBJECT_KEY_IDENTIFIER = '2.5.29.14';
const KEY_USAGE = '2.5.29.15';
const SUBJECT_ALT_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface LeafRequest {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  /** DNS names and IP addresses, for a server. */
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly usage: 'server' | 'client';
}

/** Makes a new certificate authority: EC P-256, self-signed. */
export async function createAuthority(commonName: string): Promise<KeyPair> {
  const keys = await newKeys();
  const subject = nameOf([], commonName);
  const extensions = [
    extension(BASIC_CONSTRAINTS, sequence(boolean(true)), true),
    // keyCertSign and digitalSignature.
    extension(KEY_USAGE, bitString(Buffer.from([0x84]), 2), true),
    extension(SUBJECT_KEY_IDENTIFIER, octetString(keyIdentifier(keys.spki))),
  ];
  const days = AUTHORITY_DAYS;
  return certify({ subject, issuer: subject, days, keys, signingKey: keys.private, extensions });
}

/**
 * Makes a key and a certificate for it, signed by `authority`.
 *
 * @throws Error when an IP address is none, or the authority cannot be read
 */
export async function issue(authority: KeyPair, request: LeafRequest): Promise<KeyPair> {
  const issuer = new X509Certificate(authority.cert);
  const keys = await newKeys();
  const { commonName, organizations = [], usage } = request;
  const names = [
    ...(request.dnsNames ?? []).map((name) => tagged(0x82, Buffer.from(name, 'ascii'))),
    ...(request.ipAddresses ?? []).map((ip) => tagged(0x87, addressBytes(ip))),
  ];
  const purpose = objectIdentifier(usage === 'server' ? SERVER_AUTH : CLIENT_AUTH);
  const issuerId = keyIdentifier(spkiOf(issuer.publicKey));
  return certify({
    subject: nameOf(organizations, commonName),
    issuer: subjectOf(issuer),
    days: LEAF_DAYS,
    keys,
    signingKey: createPrivateKey(authority.key),
    extensions: [
      extension(BASIC_CONSTRAINTS, sequence(), true),
      // digitalSignature.
      extension(KEY_USAGE, bitString(Buffer.from([0x80]), 7), true),
      extension(EXTENDED_KEY_USAGE, sequence(purpose)),
      extension(AUTHORITY_KEY_IDENTIFIER, sequence(tagged(0x80, issuerId))),
      ...(names.length > 0 ? [extension(SUBJECT_ALT_NAME, sequence(...names))] : []),
    ],
  });
}

interface Keys {
  readonly private: KeyObject;
  /** The public key as SubjectPublicKeyInfo. */
  readonly spki: Buffer;
}

async function newKeys(): Promise<Keys> {
  const made = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  return { private: made.privateKey, spki: spkiOf(made.publicKey) };
}

function spkiOf(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

interface Content {
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly days: number;
  readonly keys: Keys;
  readonly signingKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

/** Writes and signs a certificate: RFC 5280 4.1. */
function certify(content: Content): KeyPair {
  const { subject, issuer, days, keys, signingKey, extensions } = content;
  const now = Date.now();
  const signed = sequence(
    // Version 3.
    tagged(0xa0, positiveInteger(Buffer.from([2]))),
    serialNumber(),
    ECDSA_WITH_SHA256,
    issuer,
    sequence(time(new Date(now - BACKDATE_MS)), time(new Date(now + days * DAY_MS))),
    subject,
    keys.spki,
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = bitString(sign('sha256', signed, signingKey));
  const der = sequence(signed, ECDSA_WITH_SHA256, signature);
  const key = keys.private.export({ type: 'pkcs8', format: 'pem' });
  return { cert: new X509Certificate(der).toString(), key: key.toString() };
}

function extension(type: string, value: Buffer, critical = false): Buffer {
  const flag = critical ? [boolean(true)] : [];
  return sequence(objectIdentifier(type), ...flag, octetString(value));
}

function nameOf(organizations: readonly string[], commonName: string): Buffer {
  const part = (type: string, text: string) =>
    setOf(sequence(objectIdentifier(type), utf8String(text)));
  const parts = organizations.map((organization) => part(ORGANIZATION, organization));
  return sequence(...parts, part(COMMON_NAME, commonName));
}

/** As it stands in the certificate: an issuer must be named byte by byte like that. */
function subjectOf(certificate: X509Certificate): Buffer {
  const [signed] = valuesIn(certificate.raw);
  const subject = valuesIn(signed as Buffer)[SUBJECT_INDEX];
  if (subject === undefined) throw new Error('Cannot read the authority: it has no subject');
  return subject;
}

/** RFC 5280 4.2.1.2, method 1: a hash of the public key alone. */
function keyIdentifier(spki: Buffer): Buffer {
  return createHash('sha1').update(spki.subarray(-POINT_BYTES)).digest();
}

function addressBytes(text: string): Buffer {
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(`Cannot certify '${text}': it is not an IP address`);
  const digits = ip.value.toString(16).padStart(ip.family === 4 ? 8 : 32, '0');
  return Buffer.from(digits, 'hex');
}

/** 120 random bits; the leading 01 keeps the number positive and of full length. */
function serialNumber(): Buffer {
  return positiveInteger(Buffer.concat([Buffer.from([1]), randomBytes(15)]));
}
