/**
 * Upstream's rules for names, keys and values (apimachinery's util/validation), with its texts.
 * Every check returns its complaints; none means good.
 */

const LABEL_FORMAT = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN_FORMAT = `${LABEL_FORMAT}(\\.${LABEL_FORMAT})*`;
const LABEL_1035_FORMAT = '[a-z]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED_FORMAT = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE_FORMAT = `(${QUALIFIED_FORMAT})?`;
const CONFIG_KEY_FORMAT = '[-._a-zA-Z0-9]+';
const PERCENT_FORMAT = '[0-9]+%';
const HEADER_FORMAT = '[-A-Za-z0-9]+';

const LABEL = whole(LABEL_FORMAT);
const SUBDOMAIN = whole(SUBDOMAIN_FORMAT);
const LABEL_1035 = whole(LABEL_1035_FORMAT);
const QUALIFIED = whole(QUALIFIED_FORMAT);
const LABEL_VALUE = whole(LABEL_VALUE_FORMAT);
const CONFIG_KEY = whole(CONFIG_KEY_FORMAT);
const PERCENT = whole(PERCENT_FORMAT);
const HEADER = whole(HEADER_FORMAT);

/** Bytes of the longest DNS label, label value or name part of a qualified name. */
export const LABEL_BYTES_MAX = 63;
/** Bytes of the longest DNS subdomain, and so of most object names. */
const SUBDOMAIN_BYTES_MAX = 253;

function whole(format: string): RegExp {
  return new RegExp(`^(?:${format})$`);
}

/** `text (e.g. 'a',  or 'b', regex used for validation is 'format')`, upstream's odd spaces kept. */
export function formatMessage(text: string, format: string, ...examples: string[]): string {
  const like = examples.map((example) => `'${example}', `).join(' or ');
  const start = examples.length === 0 ? '(' : `(e.g. ${like}`;
  return `${text} ${start}regex used for validation is '${format}')`;
}

/** The complaint about a text of more than `max` bytes. */
export function tooLongMessage(max: number): string {
  return `must be no more than ${max} bytes`;
}

/** The complaint about a number outside [min, max]. */
export function rangeMessage(min: number, max: number): string {
  return `must be between ${min} and ${max}, inclusive`;
}

/** The complaint about an empty text. */
const EMPTY_MESSAGE = 'must be non-empty';

function isLonger(value: string, bytesMax: number): boolean {
  return (
    value.length > bytesMax || (value.length * 3 > bytesMax && Buffer.byteLength(value) > bytesMax)
  );
}

function check(
  value: string,
  bytesMax: number,
  pattern: RegExp,
  complaint: () => string,
): string[] {
  const complaints = isLonger(value, bytesMax) ? [tooLongMessage(bytesMax)] : [];
  if (!pattern.test(value)) complaints.push(complaint());
  return complaints;
}

/** A DNS label (RFC 1123): namespaces, containers, volumes. */
export function dns1123Label(value: string): string[] {
  return check(value, LABEL_BYTES_MAX, LABEL, () =>
    SUBDOMAIN.test(value)
      ? 'must not contain dots'
      : formatMessage(
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
          LABEL_FORMAT,
          'my-name',
          '123-abc',
        ),
  );
}

/** A DNS subdomain (RFC 1123): the names of most objects. */
export function dns1123Subdomain(value: string): string[] {
  return check(value, SUBDOMAIN_BYTES_MAX, SUBDOMAIN, () =>
    formatMessage(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      SUBDOMAIN_FORMAT,
      'example.com',
    ),
  );
}

/** A DNS label (RFC 1035): starts with a letter. Names of Services. */
export function dns1035Label(value: string): string[] {
  return check(value, LABEL_BYTES_MAX, LABEL_1035, () =>
    formatMessage(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
      LABEL_1035_FORMAT,
      'my-name',
      'abc-123',
    ),
  );
}

/** `[prefix/]name`: keys of labels and annotations, conditions, resources. */
export function qualifiedName(value: string): string[] {
  const parts = value.split('/');
  const explain = (text: string) =>
    formatMessage(text, QUALIFIED_FORMAT, 'MyName', 'my.name', '123-abc');
  const rule =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  if (parts.length > 2)
    return [
      `a qualified name ${explain(rule)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  const complaints: string[] = [];
  if (parts.length === 2) {
    if (parts[0] === '') complaints.push(`prefix part ${EMPTY_MESSAGE}`);
    else complaints.push(...dns1123Subdomain(parts[0]!).map((text) => `prefix part ${text}`));
  }
  const name = parts.at(-1)!;
  if (name === '') complaints.push(`name part ${EMPTY_MESSAGE}`);
  complaints.push(
    ...check(name, LABEL_BYTES_MAX, QUALIFIED, () => explain(rule)).map(
      (text) => `name part ${text}`,
    ),
  );
  return complaints;
}

/** The value of a label. */
export function labelValue(value: string): string[] {
  return check(value, LABEL_BYTES_MAX, LABEL_VALUE, () =>
    formatMessage(
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      LABEL_VALUE_FORMAT,
      'MyValue',
      'my_value',
      '12345',
    ),
  );
}

/** A key of a ConfigMap or Secret, which becomes a file's name. */
export function configMapKey(value: string): string[] {
  const complaints = check(value, SUBDOMAIN_BYTES_MAX, CONFIG_KEY, () =>
    formatMessage(
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
      CONFIG_KEY_FORMAT,
      'key.name',
      'KEY_NAME',
      'key-name',
    ),
  );
  return complaints.concat(parentFolder(value));
}

function parentFolder(value: string): string[] {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

/** The name of an environment variable as v1.34 takes it: printable ASCII without `=`. */
export function envVarName(value: string): string[] {
  const complaints = value === '' ? [`environment variable name ${EMPTY_MESSAGE}`] : [];
  if (/[^\x20-\x7e]|=/.test(value))
    complaints.push(
      "a valid environment variable name must consist only of printable ASCII characters other than '='",
    );
  return complaints;
}

/** The name of a port: an IANA service name in lower case. */
export function portName(value: string): string[] {
  const complaints = check(
    value,
    15,
    /^[-a-z0-9]+$/,
    () => 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
  );
  if (!/[a-z]/.test(value)) complaints.push('must contain at least one letter (a-z)');
  if (value.includes('--')) complaints.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-'))
    complaints.push('must not begin or end with a hyphen');
  return complaints;
}

/** The number of a port, from 1 to 65535. */
export function portNumber(value: number): string[] {
  return inRange(value, 1, 65535);
}

/** An integer in [min, max]. */
function inRange(value: number, min: number, max: number): string[] {
  return value >= min && value <= max ? [] : [rangeMessage(min, max)];
}

/** `50%` */
export function percent(value: string): string[] {
  return check(value, Number.POSITIVE_INFINITY, PERCENT, () =>
    formatMessage(
      "a valid percent string must be a numeric string followed by an ending '%'",
      PERCENT_FORMAT,
      '1%',
      '93%',
    ),
  );
}

/** The name of an HTTP header. */
export function httpHeaderName(value: string): string[] {
  return check(value, Number.POSITIVE_INFINITY, HEADER, () =>
    formatMessage(
      "a valid HTTP header must consist of alphanumeric characters or '-'",
      HEADER_FORMAT,
      'X-Header-Name',
    ),
  );
}
