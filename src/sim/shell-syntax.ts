/** A command with its words and where its output goes. */
export interface ShellCommand {
  readonly type: 'command';
  readonly words: readonly string[];
  readonly redirect?: { readonly path: string; readonly append: boolean };
}

export interface ShellLoop {
  readonly type: 'loop';
  readonly body: readonly ShellStatement[];
}

/** A step and when it runs: after anything, only after success, only after failure. */
export interface ShellStatement {
  readonly when: 'always' | 'and' | 'or';
  readonly step: ShellCommand | ShellLoop;
}

/** A script that this small shell does not understand. */
export class ShellSyntaxError extends Error {
  override readonly name = 'ShellSyntaxError';
}

/**
 * Parses a small part of the shell: commands with quotes and `>`, joined by `;`, newlines, `&&` and
 * `||`, and `while true; do ...; done`.
 *
 * @throws ShellSyntaxError
 */
export function parseShell(script: string, env: ReadonlyMap<string, string>): ShellStatement[] {
  const tokens = tokenize(script, env);
  const statements = parseList(tokens, false);
  if (tokens.length > 0) throw new ShellSyntaxError(`syntax error near ${tokens[0]!.text}`);
  return statements;
}

interface Token {
  readonly text: string;
  /** An operator or the end of a statement, not a word. */
  readonly isOperator: boolean;
}

function tokenize(script: string, env: ReadonlyMap<string, string>): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s*(?:(&&|\|\||>>|>|;|\n)|((?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s;&|>'"\\])+))/gy;
  let text = script.replace(/[ \t]+$/gm, '').trim();
  text = text.replace(/[ \t]*\n[ \t]*/g, ' ; ');
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    if (match[1] !== undefined) tokens.push({ text: match[1], isOperator: true });
    else tokens.push({ text: unquote(match[2] ?? '', env), isOperator: false });
    if (pattern.lastIndex >= text.length) return tokens;
  }
  if (text !== '') throw new ShellSyntaxError(`cannot read: ${text}`);
  return tokens;
}

function unquote(word: string, env: ReadonlyMap<string, string>): string {
  return word.replace(/'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)|([^'"\\]+)/g, (...parts: string[]) => {
    const [, single, double, escaped, plain] = parts;
    if (single !== undefined) return single;
    if (escaped !== undefined) return escaped;
    const text = (double ?? plain ?? '').replace(/\\(["\\$])/g, '$1');
    return text.replace(
      /\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?/g,
      (_, name: string) => env.get(name) ?? '',
    );
  });
}

function parseList(tokens: Token[], isBody: boolean): ShellStatement[] {
  const statements: ShellStatement[] = [];
  let when: ShellStatement['when'] = 'always';
  while (tokens.length > 0) {
    const [token] = tokens as [Token];
    if (token.isOperator && token.text === ';') tokens.shift();
    else if (isBody && token.text === 'done') return statements;
    else statements.push({ when, step: parseStep(tokens) });
    when = 'always';
    const operator = tokens[0];
    if (operator?.isOperator && (operator.text === '&&' || operator.text === '||')) {
      when = operator.text === '&&' ? 'and' : 'or';
      tokens.shift();
    }
  }
  if (isBody) throw new ShellSyntaxError('syntax error: done is missing');
  return statements;
}

function parseStep(tokens: Token[]): ShellCommand | ShellLoop {
  if (tokens[0]?.text === 'while') return parseLoop(tokens);
  const words: string[] = [];
  let redirect: ShellCommand['redirect'];
  for (let token = tokens[0]; token !== undefined; token = tokens[0]) {
    if (!token.isOperator) words.push(token.text);
    else if (token.text.startsWith('>')) {
      tokens.shift();
      redirect = { path: tokens[0]?.text ?? '', append: token.text === '>>' };
    } else break;
    tokens.shift();
  }
  if (words.length === 0) throw new ShellSyntaxError(`syntax error near ${tokens[0]?.text}`);
  return { type: 'command', words, ...(redirect === undefined ? {} : { redirect }) };
}

function parseLoop(tokens: Token[]): ShellLoop {
  const head = tokens.splice(0, 4).map(({ text }) => text);
  const isEndless = head[1] === 'true' || head[1] === ':';
  if (!isEndless || head[2] !== ';' || head[3] !== 'do') {
    throw new ShellSyntaxError('only `while true; do` loops are known');
  }
  const body = parseList(tokens, true);
  tokens.shift();
  return { type: 'loop', body };
}
