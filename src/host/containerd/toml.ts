/** A value that `toml` writes. */
export type TomlValue = string | number | boolean | readonly string[] | TomlTable;
/** A table of TOML; its own tables follow its plain values. */
export interface TomlTable {
  readonly [key: string]: TomlValue;
}

/** Writes a table as TOML 1.0. Keys are always quoted, as containerd's plugin names need it. */
export function toml(table: TomlTable, path: readonly string[] = []): string {
  const plain = Object.entries(table).filter(([, value]) => !isTable(value));
  const tables = Object.entries(table).filter(([, value]) => isTable(value));
  const lines = plain.map(([key, value]) => `${tomlKey(key)} = ${JSON.stringify(value)}\n`);
  const head = path.length > 0 && lines.length > 0 ? `\n[${path.map(tomlKey).join('.')}]\n` : '';
  const rest = tables.map(([key, value]) => toml(value as TomlTable, [...path, key]));
  return head + lines.join('') + rest.join('');
}

/** JSON writes strings as TOML reads them, but for DEL, which TOML wants escaped. */
function tomlKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
}

function isTable(value: TomlValue): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value);
}
