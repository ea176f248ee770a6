import { fileURLToPath } from 'node:url';
import { findKubectl } from '../../src/cli/commands/kubectl.ts';
import { medianBy } from '../figures.ts';
import { rateOf } from '../phase.ts';
import { withBareServer } from './bare-https.ts';
import { commandTime } from './command-time.ts';
import { groupCommit } from './group-commit.ts';
import { limitFigure, type MeasuredLimit } from './measured-limit.ts';
import { podLimits } from './pod-limits.ts';
import { serverLimits } from './server-limits.ts';

const WRITERS = 32;
const WRITES = 8_000;
const ROUNDS = 3;
const COMMANDS = 10;

const proa = fileURLToPath(new URL('../../bin/proa', import.meta.url));

export type LimitGroup = (mirrors: readonly string[]) => AsyncGenerator<MeasuredLimit>;

/** What this machine allows with nothing of Proa in between, by what is measured together. */
export const LIMIT_GROUPS = {
  async *starts() {
    const node = process.execPath;
    yield command('node -e 0', await commandTime(node, ['-e', '0'], COMMANDS));
    yield command('proa --version', await commandTime(node, [proa, '--version'], COMMANDS));
  },
  async *pods(mirrors) {
    const kubectl = findKubectl(process.env);
    if (kubectl === null) throw new Error('the benchmark needs kubectl on PATH');
    const kubectlMs = await commandTime(kubectl, ['version', '--client'], COMMANDS);
    yield command('kubectl version --client', kubectlMs);
    yield* await podLimits(mirrors, kubectlMs);
  },
  async *server() {
    yield* await withBareServer(serverLimits);
    yield await commitLimit();
  },
} satisfies Record<string, LimitGroup>;

async function commitLimit(): Promise<MeasuredLimit> {
  const rounds: ReturnType<typeof rateOf>[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push(rateOf(await groupCommit(WRITERS, WRITES), WRITES));
  }
  const { value, unit, cpuMs } = medianBy(rounds, (round) => round.value);
  const name = `group commit alone, ${WRITERS} writers of 1.5 KB`;
  return { figure: limitFigure(name, { value, unit, cpuMs }) };
}

function command(name: string, value: number): MeasuredLimit {
  return { figure: limitFigure(`${name}, p50`, { value, unit: 'ms' }) };
}
