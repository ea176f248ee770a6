import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nextInt, seededPrng } from '../base/prng.ts';
import { processStart } from '../host/process-stat.ts';
import { CLAIM_FILES, type ClaimFiles, claimRunFile } from './claim-run-file.ts';
import { type RunningDaemon, readRunFile } from './run-file.ts';

/** Orders of steps that are tried, and of how many claims. */
const ORDERS = 300;
const CLAIMANTS = 4;

let folder: string;
let file: string;
let others: ChildProcess[];
beforeAll(() => {
  others = Array.from({ length: 10 }, () => spawn('sleep', ['600'], { stdio: 'ignore' }));
});
afterAll(async () => {
  for (const child of others) child.kill('SIGKILL');
  await Promise.all(others.map((child) => once(child, 'close')));
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proa-run-file-'));
  file = join(folder, 'run.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const daemon = (pid: number, start = processStart(pid) ?? 'gone'): RunningDaemon => ({
  pid,
  processStart: start,
  version: '0',
  runtime: 'sim',
  nodeName: 'n',
  server: 'https://127.0.0.1:6443',
  controlSocket: '/tmp/none.sock',
});

/** Lets several take their steps one at a time, in an order that chance decides. */
class Turns {
  readonly #prng;
  readonly #waiting: (() => void)[] = [];
  #moving: number;

  constructor(seed: number, count: number) {
    this.#prng = seededPrng(seed);
    this.#moving = count;
  }

  /** The files of one of them, each step of which waits for its turn. */
  get files(): ClaimFiles {
    const entries = Object.entries(CLAIM_FILES).map(([name, step]) => [
      name,
      async (...args: readonly unknown[]) => {
        await new Promise<void>((resolve) => {
          this.#waiting.push(resolve);
          this.leave();
        });
        return (step as (...all: readonly unknown[]) => unknown)(...args);
      },
    ]);
    return Object.fromEntries(entries) as ClaimFiles;
  }

  /** One of them waits, or is through: when all do, the next may. */
  leave(): void {
    if (--this.#moving > 0 || this.#waiting.length === 0) return;
    const [next] = this.#waiting.splice(nextInt(this.#prng, this.#waiting.length), 1);
    this.#moving++;
    next?.();
  }
}

describe('claimRunFile', () => {
  it('names the first; the second is told of it', async () => {
    const first = daemon(process.pid);
    const second = daemon(process.ppid);
    expect(await claimRunFile(file, first)).toBeNull();
    expect(await claimRunFile(file, second)).toEqual(first);
    expect(readRunFile(file)).toEqual(first);
    expect(readdirSync(folder)).toEqual(['run.json']);
  });

  it('takes the place of a leftover', async () => {
    writeFileSync(file, JSON.stringify(daemon(1, 'another-boot/1')));
    expect(await claimRunFile(file, daemon(process.pid))).toBeNull();
    expect(readRunFile(file)?.pid).toBe(process.pid);
    expect(readdirSync(folder)).toEqual(['run.json']);
  });

  it('is got by one of many at the same time, over a leftover', async () => {
    writeFileSync(file, 'cut of');
    const claims = others.map((child) => claimRunFile(file, daemon(child.pid!)));
    expectOneWinner(await Promise.all(claims));
  });

  it('is got by one, in whatever order several take their steps', async () => {
    for (let seed = 0; seed < ORDERS; seed++) {
      writeFileSync(file, JSON.stringify(daemon(1, `another-boot/${seed}`)));
      const turns = new Turns(seed, CLAIMANTS);
      const claims = others
        .slice(0, CLAIMANTS)
        .map((child) =>
          claimRunFile(file, daemon(child.pid!), turns.files).finally(() => turns.leave()),
        );
      expectOneWinner(await Promise.all(claims), `seed ${seed}`);
    }
  });

  it('is got over an heir that died before it was done', async () => {
    const leftover = JSON.stringify(daemon(1, 'another-boot/1'));
    writeFileSync(file, leftover);
    const never: ClaimFiles = {
      ...CLAIM_FILES,
      rename: () => Promise.reject(new Error('killed')),
    };
    const heir = daemon(others[0]!.pid!, 'another-boot/2');
    await expect(claimRunFile(file, heir, never)).rejects.toThrow('killed');
    expect(readdirSync(folder)).toHaveLength(2);
    expect(await claimRunFile(file, daemon(process.pid))).toBeNull();
    expect(readRunFile(file)?.pid).toBe(process.pid);
    expect(readdirSync(folder)).toEqual(['run.json']);
  });
});

/** One has it, the others were told of it, and nothing else is left. */
function expectOneWinner(answers: readonly (RunningDaemon | null)[], which = ''): void {
  const losers = answers.filter((other) => other !== null);
  expect(losers, which).toHaveLength(answers.length - 1);
  const winner = JSON.parse(readFileSync(file, 'utf8')) as RunningDaemon;
  expect(new Set(losers.map(({ pid }) => pid)), which).toEqual(new Set([winner.pid]));
  expect(readdirSync(folder), which).toEqual(['run.json']);
}
