/** Where libuv's words are not the system's own, which Go gives. */
const WORDS: Readonly<Record<string, string>> = {
  'file already exists': 'file exists',
  'illegal operation on a directory': 'is a directory',
  'resource busy or locked': 'device or resource busy',
};

/** An error's message; that of the system as Go words it: `open /x: no such file or directory`. */
export function goErrorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const parts = /^E[A-Z0-9]+: (.+), (\w+)(?: '(.*)')?$/s.exec(message);
  if (parts === null) return message;
  const [, words = '', call = '', path] = parts;
  return `${call}${path === undefined ? '' : ` ${path}`}: ${WORDS[words] ?? words}`;
}
