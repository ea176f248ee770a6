import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nextInt, seededPrng } from '../../src/base/prng.ts';
import { openLevelStore } from '../../src/host/level-store/level-store.ts';
import { suiteCodec } from '../../src/storage/suite/subject.ts';
import { type CrashLine, type CrashOrders, transactionAt, WRITERS } from './crash-load.ts';

const ROUNDS = 50;
/** A round ends after fewer acknowledged transactions than this. */
const ACKNOWLEDGED_MAX = 1_500;

/** What a writer's keys hold after its transactions so far. */
type Contents = ReadonlyMap<string, string>;

/** What the parent knows of one writer. */
interface Writer {
  /** How many of its transactions are known to be in `contents`. */
  done: number;
  contents: Contents;
}

interface Round {
  /** The highest revision that a writer or a watch of the child got. */
  readonly revision: number;
  /** How many transactions of each writer were acknowledged. */
  readonly done: readonly number[];
}

let home: string;
let program: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'crash-test-'));
  // Built once: starting fifty children through a transpiler would take most of the time. It must
  // lie where it finds the packages.
  program = new URL(
    `../../node_modules/.cache/proa/crash-child-${process.pid}.mjs`,
    import.meta.url,
  ).pathname;
  await build({
    entryPoints: [new URL('./crash-child.ts', import.meta.url).pathname],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
});

afterAll(async () => {
  await rm(program, { force: true });
  await rm(home, { recursive: true });
});

/** Runs a child until it has acknowledged `killAfter` transactions, and kills it. */
async function runAndKill(orders: CrashOrders, killAfter: number): Promise<Round> {
  const child = spawn(process.execPath, [program, JSON.stringify(orders)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const done = orders.next.map(() => 0);
  let acknowledged = 0;
  let revision = 0;
  let wasOpen = false;
  for await (const text of createInterface({ input: child.stdout })) {
    // The last line may be cut off by the end of the child.
    if (!text.endsWith('}')) continue;
    const line = JSON.parse(text) as CrashLine;
    if (line.type === 'open') wasOpen = true;
    else revision = Math.max(revision, line.revision);
    if (line.type === 'done') {
      done[line.writer]!++;
      acknowledged++;
    }
    if (acknowledged >= killAfter) child.kill('SIGKILL');
  }
  await exit;
  expect([wasOpen, child.signalCode]).toEqual([true, 'SIGKILL']);
  return { revision, done };
}

function apply(contents: Contents, seed: number, writer: number, index: number): Contents {
  const after = new Map(contents);
  for (const operation of transactionAt(seed, writer, index)) {
    if (operation.type === 'put') after.set(operation.key, operation.value.text);
    else after.delete(operation.key);
  }
  return after;
}

/** Brings `writer` up to what must be on disk, and one further if that is there, whole. */
function check(writer: Writer, number: number, seed: number, done: number, found: Contents): void {
  for (let i = 0; i < done; i++)
    writer.contents = apply(writer.contents, seed, number, writer.done++);
  if (isSame(found, writer.contents)) return;
  // One more transaction may have become durable without its writer having heard of it.
  writer.contents = apply(writer.contents, seed, number, writer.done++);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(writer.contents));
}

function isSame(a: Contents, b: Contents): boolean {
  return a.size === b.size && [...a].every(([key, text]) => b.get(key) === text);
}

test(`LevelStore: killed ${ROUNDS} times under load, nothing acknowledged is lost`, async () => {
  const seed = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);
  console.log(`CRASH_SEED=${seed}`);
  const prng = seededPrng(seed);
  const dir = join(home, 'store');
  const writers = Array.from({ length: WRITERS }, (): Writer => ({ done: 0, contents: new Map() }));
  let revision = 1;
  let acknowledged = 0;
  for (let i = 0; i < ROUNDS; i++) {
    // Every few rounds at once after opening, while the log of the round before is taken over.
    const killAfter = nextInt(prng, 8) === 0 ? 0 : nextInt(prng, ACKNOWLEDGED_MAX);
    const next = writers.map(({ done }) => done);
    const round = await runAndKill({ dir, seed, next }, killAfter);
    const store = await openLevelStore(dir, suiteCodec);
    expect(store.revision).toBeGreaterThanOrEqual(Math.max(revision, round.revision));
    revision = store.revision;
    for (const [number, writer] of writers.entries()) {
      const { items } = await store.range(`/writer/${number}/`);
      const found = new Map(items.map(({ key, value }) => [key, value.text]));
      check(writer, number, seed, round.done[number]!, found);
      for (const { value, modRevision } of items) {
        expect(value.revision).toBe(modRevision);
        expect(modRevision).toBeLessThanOrEqual(revision);
      }
      acknowledged += round.done[number]!;
    }
    await store.close();
  }
  console.log(`${acknowledged} acknowledged transactions, revision ${revision}`);
});
