import { type FieldError, invalid, type Path } from '../field-error.ts';
import { cidr, ipAddress, parseIp } from '../ip.ts';

/** The complaint about a value that is no address; none when it is one. */
export function validateIp(path: Path, value: string): FieldError[] {
  return ipAddress(value).map((detail) => invalid(path, value, detail));
}

/** The complaint about a value that is no network; none when it is one. */
export function validateCidr(path: Path, value: string): FieldError[] {
  return cidr(value).map((detail) => invalid(path, value, detail));
}

/** Networks whose addresses make no sense outside their node. */
const SPECIAL = [
  { family: 4, base: '127.0.0.0', bits: 8, detail: 'loopback range (127.0.0.0/8, ::1/128)' },
  { family: 6, base: '::1', bits: 128, detail: 'loopback range (127.0.0.0/8, ::1/128)' },
  {
    family: 4,
    base: '169.254.0.0',
    bits: 16,
    detail: 'link-local range (169.254.0.0/16, fe80::/10)',
  },
  { family: 6, base: 'fe80::', bits: 10, detail: 'link-local range (169.254.0.0/16, fe80::/10)' },
  {
    family: 4,
    base: '224.0.0.0',
    bits: 24,
    detail: 'link-local multicast range (224.0.0.0/24, ff02::/10)',
  },
  {
    family: 6,
    base: 'ff02::',
    bits: 16,
    detail: 'link-local multicast range (224.0.0.0/24, ff02::/10)',
  },
] as const;

/**
 * Refuses addresses that make no sense as endpoints or external addresses: unspecified, loopback
 * and link-local ones.
 */
export function validateNonSpecialIp(path: Path, value: string): FieldError[] {
  const ip = parseIp(value);
  if (ip === undefined) return [invalid(path, value, 'must be a valid IP address')];
  if (ip.value === 0n) return [invalid(path, value, `may not be unspecified (${value})`)];
  const special = SPECIAL.find(({ family, base, bits }) => {
    const hostBits = BigInt((family === 4 ? 32 : 128) - bits);
    return ip.family === family && ip.value >> hostBits === parseIp(base)!.value >> hostBits;
  });
  return special === undefined ? [] : [invalid(path, value, `may not be in the ${special.detail}`)];
}
