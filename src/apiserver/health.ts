import { noSuchResource } from './errors.ts';
import type { ApiResponse } from './handler.ts';
import { textResponse } from './respond.ts';

/** One thing that must be well: null when it is, else what is wrong. */
export interface HealthCheck {
  readonly name: string;
  check(): string | null;
}

/** The three questions: alive, ready, and the older one that asks both. */
const ENDPOINTS: ReadonlySet<string> = new Set(['healthz', 'livez', 'readyz']);

/** Whether `path` asks after health. */
export function isHealthPath(path: string): boolean {
  return ENDPOINTS.has(path.split('/')[1] ?? '');
}

/**
 * Answers /healthz, /livez and /readyz: `ok`, or with ?verbose a line for each check; a single
 * check below it, as in /readyz/ping.
 *
 * @throws ApiError NotFound for a check that does not exist
 */
export function answerHealth(
  path: string,
  query: URLSearchParams,
  checks: readonly HealthCheck[],
): ApiResponse {
  const [, endpoint = '', name = ''] = path.split('/');
  if (name !== '') return answerOne(checks, name);
  const excluded = query.getAll('exclude');
  const lines: string[] = [];
  let isWell = true;
  for (const check of checks) {
    if (excluded.includes(check.name)) {
      lines.push(`[+]${check.name} excluded: ok`);
      continue;
    }
    const failure = check.check();
    if (failure !== null) isWell = false;
    lines.push(
      failure === null ? `[+]${check.name} ok` : `[-]${check.name} failed: reason withheld`,
    );
  }
  if (!isWell) return textResponse(`${lines.join('\n')}\n${endpoint} check failed\n`, 500);
  if (!query.has('verbose')) return textResponse('ok');
  return textResponse(`${lines.join('\n')}\n${endpoint} check passed\n`);
}

function answerOne(checks: readonly HealthCheck[], name: string): ApiResponse {
  const found = checks.find((check) => check.name === name);
  if (found === undefined) throw noSuchResource();
  const failure = found.check();
  return failure === null
    ? textResponse('ok')
    : textResponse(`internal server error: ${failure}\n`, 500);
}
