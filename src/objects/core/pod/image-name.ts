const DOMAIN_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const HOST = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[[a-fA-F0-9:]+\\])`;
const PATH_PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const TAG = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const REFERENCE = new RegExp(
  `^(?:${HOST}(?::[0-9]+)?/)?${PATH_PART}(?:/${PATH_PART})*(?::(${TAG}))?(@${DIGEST})?$`,
);
/** Longer names than these are wrong (255 for the name, the rest for tag and digest). */
const LENGTH_MAX = 1024;

/**
 * The tag of an image name: `latest` when it names neither tag nor digest, none for a digest alone
 * or for a malformed name (upstream's ParseImageName).
 */
export function imageTag(image: string): string | undefined {
  if (image.length > LENGTH_MAX) return undefined;
  const match = REFERENCE.exec(image);
  if (match === null || /^[a-f0-9]{64}$/.test(image)) return undefined;
  return match[1] ?? (match[2] === undefined ? 'latest' : undefined);
}

/** The pull policy of an image that names none: Always for `latest`, else IfNotPresent. */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  return imageTag(image) === 'latest' ? 'Always' : 'IfNotPresent';
}
