/** An image name in its parts, defaults filled in. */
export type ImageName = { host: string; repository: string; tag: string };

/**
 * Splits an image name the way docker and containerd do: without a registry host it means
 * docker.io, there without a folder `library/`, and without a tag `latest`. Digests are not
 * understood: the test images have none worth writing down.
 */
export function parseImageName(name: string): ImageName {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const hasHost = /[.:]/.test(first) || first === 'localhost';
  const host = hasHost ? first : 'docker.io';
  const rest = hasHost ? name.slice(slash + 1) : name;
  const colon = rest.indexOf(':');
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? 'latest' : rest.slice(colon + 1);
  const repository = host === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  return { host, repository, tag };
}

/** The full form of an image name, `docker.io/library/nginx:latest` for `nginx`. */
export function fullImageName(name: string): string {
  const { host, repository, tag } = parseImageName(name);
  return `${host}/${repository}:${tag}`;
}
