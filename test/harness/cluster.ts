import { spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Home, homeAt } from '../../src/cli/home.ts';
import { readAccess } from '../../src/cli/kubeconfig/read-access.ts';
import { Api } from './api.ts';
import { leftoversOf, type Traces, tracesOf } from './leftovers.ts';
import { type CommandOptions, type CommandResult, runCommand } from './run-command.ts';

const proaFile = fileURLToPath(new URL('../../bin/proa', import.meta.url));
const UP_MS_MAX = 90_000;
/** 10.150.0.0 to 10.249.0.0 are the tests'; two of them a cluster. */
const FIRST_RANGE = 150;
const RANGES = 50;
/** Debian's `nobody`. */
const NOBODY = 65534;

export interface ClusterChoice {
  readonly runtime?: 'containerd' | 'sim';
  /** `HOST=URL` each, from test/images/registry.ts. */
  readonly mirrors?: readonly string[];
  /** Runs everything as the user `nobody`. */
  readonly asNobody?: boolean;
}

/** A cluster of the tests' own, driven through `bin/proa` as a person does. */
export class TestCluster {
  readonly home: Home;
  readonly upArgs: readonly string[];
  readonly #asNobody: boolean;

  constructor(folder: string, upArgs: readonly string[], asNobody: boolean) {
    this.home = homeAt(folder);
    this.upArgs = upArgs;
    this.#asNobody = asNobody;
  }

  /** Takes the place of ~/.kube/config. */
  get #merged(): string {
    return `${this.home.folder}.kubeconfig`;
  }

  /** Runs `bin/proa` with this home. The user's own kubeconfig stays out of it. */
  proa(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const own = { PROA_HOME: this.home.folder, KUBECONFIG: this.#merged };
    const env = { ...process.env, ...own, ...options.env };
    const command = [process.execPath, proaFile, ...args];
    const [program = '', ...rest] = [...(this.#asNobody ? becomeNobody() : []), ...command];
    return runCommand(program, rest, { timeoutMs: UP_MS_MAX, ...options, env });
  }

  /** `proa up`; throws with what it said when it fails. */
  async up(options: CommandOptions = {}): Promise<string> {
    const result = await this.proa(['up', ...this.upArgs], options);
    if (result.code === 0) return result.stdout;
    throw new Error(`proa up: code ${result.code}\n${result.stdout}${result.stderr}`);
  }

  /** `proa down`; throws when it fails. */
  async down(): Promise<void> {
    const result = await this.proa(['down']);
    if (result.code !== 0) throw new Error(`proa down: ${result.stdout}${result.stderr}`);
  }

  /** A client of the API; close it after use. */
  async api(identity: 'admin' | 'anonymous' = 'admin'): Promise<Api> {
    return new Api(await readAccess(this.home), identity);
  }

  /** What this cluster has on the machine now, to be looked for again after `delete`. */
  traces(): Traces {
    return tracesOf(this.home.folder);
  }

  /**
   * `proa delete`, and removes what a test put beside.
   *
   * @throws when anything of the cluster is left on the machine
   */
  async remove(): Promise<void> {
    const traces = this.traces();
    const { code, stdout, stderr } = await this.proa(['delete']);
    const left = leftoversOf(traces);
    rmSync(this.home.folder, { recursive: true, force: true });
    rmSync(this.#merged, { force: true });
    if (code !== 0) throw new Error(`proa delete: code ${code}\n${stdout}${stderr}`);
    if (left.length > 0) throw new Error(`proa delete left behind: ${left.join(', ')}`);
  }
}

/** A cluster that is not up yet, with a home, a port and addresses of its own. */
export async function newCluster(choice: ClusterChoice = {}): Promise<TestCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'proa-test-'));
  const asNobody = choice.asNobody ?? false;
  if (asNobody) chownSync(folder, NOBODY, NOBODY);
  const port = await freePort();
  const range = freeRange(port);
  const mirrors = (choice.mirrors ?? []).flatMap((mirror) => ['--registry-mirror', mirror]);
  const networks = ['--pod-cidr', `10.${range}.0.0/16`, '--service-cidr', `10.${range + 1}.0.0/16`];
  const runtime = ['--runtime', choice.runtime ?? 'containerd'];
  const args = ['--port', String(port), ...networks, ...runtime, '--no-merge-kubeconfig'];
  return new TestCluster(folder, [...args, ...mirrors], asNobody);
}

/**
 * The second number of two ranges of addresses that no link of the machine has. The search begins
 * at the port's own, so that clusters which come up at the same time do not meet.
 */
function freeRange(port: number): number {
  const taken = spawnSync('ip', ['-4', '-o', 'addr'], { encoding: 'utf8' }).stdout;
  const isFree = (range: number) => !taken.includes(` 10.${range}.`);
  for (let turn = 0; turn < RANGES; turn++) {
    const range = FIRST_RANGE + 2 * ((port + turn) % RANGES);
    if (isFree(range) && isFree(range + 1)) return range;
  }
  throw new Error('no range of addresses is free for another cluster');
}

/** A cluster that is up. */
export async function startCluster(choice: ClusterChoice = {}): Promise<TestCluster> {
  const cluster = await newCluster(choice);
  try {
    await cluster.up();
  } catch (error) {
    await cluster.remove().catch(() => {});
    throw error;
  }
  return cluster;
}

/** The command that runs another as `nobody`, who may not do more than read this checkout. */
function becomeNobody(): string[] {
  const id = String(NOBODY);
  const user = ['setpriv', '--reuid', id, '--regid', id, '--clear-groups', '--no-new-privs'];
  const [program = '', ...rest] = user;
  if (spawnSync(program, [...rest, 'test', '-r', proaFile]).status === 0) return user;
  // The checkout is in somebody's private folder.
  return [...user, '--inh-caps', '+dac_read_search', '--ambient-caps', '+dac_read_search'];
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
