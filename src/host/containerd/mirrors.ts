import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Images of `host` are asked of `url` first; `host` `*` stands for every registry. */
export interface RegistryMirror {
  readonly host: string;
  readonly url: string;
}

/**
 * Reads `HOST=URL`, as `--registry-mirror` takes it.
 *
 * @throws Error with a sentence for the user
 */
export function parseMirror(text: string): RegistryMirror {
  const equals = text.indexOf('=');
  const host = text.slice(0, equals).trim();
  const url = text.slice(equals + 1).trim();
  if (equals < 0 || !/^(\*|[A-Za-z0-9.-]+(:\d+)?)$/.test(host)) {
    throw new Error(
      `registry mirror "${text}" must be HOST=URL, as docker.io=http://localhost:5000`,
    );
  }
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
    throw new Error(`registry mirror "${text}": "${url}" is not an http or https URL`);
  }
  return { host, url: url.replace(/\/+$/, '') };
}

/**
 * The hosts.toml of one registry (containerd docs/hosts.md): each mirror in turn, then the
 * registry itself.
 */
export function hostsToml(host: string, urls: readonly string[]): string {
  const server = host === 'docker.io' ? 'https://registry-1.docker.io' : `https://${host}`;
  const head = host === '*' ? '' : `server = ${JSON.stringify(server)}\n`;
  const mirrors = urls.map(
    (url) => `\n[host.${JSON.stringify(url)}]\n  capabilities = ["pull", "resolve"]\n`,
  );
  return head + mirrors.join('');
}

/** Makes the folder of hosts.toml files say exactly this; containerd reads it at each pull. */
export function writeMirrors(folder: string, mirrors: readonly RegistryMirror[]): void {
  const byHost = new Map<string, string[]>();
  for (const { host, url } of mirrors) byHost.set(host, [...(byHost.get(host) ?? []), url]);
  mkdirSync(folder, { recursive: true });
  const wanted = new Map(
    [...byHost].map(([host, urls]) => [folderOf(host), hostsToml(host, urls)]),
  );
  for (const name of readdirSync(folder)) {
    if (!wanted.has(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
  for (const [name, text] of wanted) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'hosts.toml'), text);
  }
}

function folderOf(host: string): string {
  return host === '*' ? '_default' : host;
}
