import type { HostAlias, PodDNSConfig } from '../../../generated/types.ts';
import { type FieldError, invalid, required } from '../../field-error.ts';
import { ipAddress } from '../../ip.ts';
import { dns1123Subdomain, formatMessage, tooLongMessage } from '../../names.ts';
import type { Path } from '../../path.ts';
import { addInvalid } from './check.ts';

/** The limits of libc's resolver. */
const NAMESERVERS_MAX = 3;
const SEARCHES_MAX = 32;
const SEARCH_CHARACTERS_MAX = 2048;

/** Checks `spec.dnsConfig`, which a pod with dnsPolicy None needs. */
export function validateDnsConfig(
  config: PodDNSConfig | undefined,
  dnsPolicy: string | undefined,
  at: Path,
  errors: FieldError[],
): void {
  const nameserversAt = at.child('nameservers');
  if (dnsPolicy === 'None') {
    if (config === undefined) {
      errors.push(required(at, 'must provide `dnsConfig` when `dnsPolicy` is None'));
      return;
    }
    if (!config.nameservers?.length) {
      const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
      errors.push(required(nameserversAt, detail));
      return;
    }
  }
  if (config === undefined) return;
  const { nameservers = [], searches = [], options = [] } = config;
  if (nameservers.length > NAMESERVERS_MAX) {
    const detail = `must not have more than ${NAMESERVERS_MAX} nameservers`;
    errors.push(invalid(nameserversAt, nameservers, detail));
  }
  for (const [index, address] of nameservers.entries()) {
    addInvalid(errors, nameserversAt.index(index), address, ipAddress(address));
  }
  validateSearches(searches, at.child('searches'), errors);
  for (const [index, { name }] of options.entries()) {
    if (!name) errors.push(required(at.child('options').index(index), 'must not be empty'));
  }
}

function validateSearches(searches: readonly string[], at: Path, errors: FieldError[]): void {
  if (searches.length > SEARCHES_MAX) {
    const detail = `must not have more than ${SEARCHES_MAX} search paths`;
    errors.push(invalid(at, searches, detail));
  }
  if (searches.join(' ').length > SEARCH_CHARACTERS_MAX) {
    const detail = `must not have more than ${SEARCH_CHARACTERS_MAX} characters (including spaces) in the search list`;
    errors.push(invalid(at, searches, detail));
  }
  for (const [index, search] of searches.entries()) {
    if (search === '.') continue;
    const name = search.replace(/\.$/, '');
    addInvalid(errors, at.index(index), name, searchDomain(name));
  }
}

const LABEL = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const DOMAIN_FORMAT = `${LABEL}(\\.${LABEL})*`;
const DOMAIN = new RegExp(`^${DOMAIN_FORMAT}$`);
const DOMAIN_BYTES_MAX = 253;

/** Complaints about a DNS subdomain that may have underscores (KEP-4427). */
function searchDomain(name: string): string[] {
  const messages = name.length > DOMAIN_BYTES_MAX ? [tooLongMessage(DOMAIN_BYTES_MAX)] : [];
  if (!DOMAIN.test(name)) {
    const text =
      'a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, ' +
      "'_', '-' or '.', and must start and end with an alphanumeric character";
    messages.push(formatMessage(text, DOMAIN_FORMAT, 'example.com'));
  }
  return messages;
}

/** Checks `spec.hostAliases`. */
export function validateHostAliases(
  aliases: readonly HostAlias[],
  at: Path,
  errors: FieldError[],
): void {
  for (const [index, { ip = '', hostnames = [] }] of aliases.entries()) {
    const aliasAt = at.index(index);
    addInvalid(errors, aliasAt.child('ip'), ip, ipAddress(ip));
    for (const [nameIndex, name] of hostnames.entries()) {
      addInvalid(errors, aliasAt.child('hostnames').index(nameIndex), name, dns1123Subdomain(name));
    }
  }
}
