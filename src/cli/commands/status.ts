import { askControl, isUnreachable } from '../control.ts';
import type { Home } from '../home.ts';
import { type RunningDaemon, readRunFile } from '../run-file.ts';

/** What a running daemon says of itself. */
export interface DaemonStatus {
  /** `up` once the node has been Ready. */
  readonly state: 'starting' | 'up';
  readonly version: string;
  readonly kubernetes: string;
  readonly server: string;
  readonly node: string;
  readonly nodeReady: boolean;
  readonly runtime: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly pids: Readonly<Record<string, number>>;
  readonly memoryBytes: Readonly<Record<string, number>>;
  readonly uptimeSeconds: number;
}

/** `proa status`: answers 0 when the cluster is up, 1 when it is not. */
export async function statusCommand(
  home: Home,
  options: { readonly output?: string },
): Promise<number> {
  const running = readRunFile(home.runFile);
  const status = running === null ? null : await askStatus(running);
  const state = running === null ? 'down' : (status?.state ?? 'starting');
  if (options.output === 'json') {
    console.log(JSON.stringify({ home: home.folder, state, ...status }, null, 2));
  } else if (status === null) {
    console.log(`proa is ${state} (home ${home.folder})`);
  } else {
    console.log(describe(home, status));
  }
  return state === 'up' ? 0 : 1;
}

/** What a daemon says of itself; null as long as it does not answer, early in its start. */
export async function askStatus(running: RunningDaemon): Promise<DaemonStatus | null> {
  try {
    return await askControl<DaemonStatus>(running.controlSocket, 'GET', '/status');
  } catch (error) {
    if (isUnreachable(error)) return null;
    throw error;
  }
}

function describe(home: Home, status: DaemonStatus): string {
  const rows: [string, string][] = [
    ['State', status.state],
    ['Home', home.folder],
    ['API', status.server],
    ['Kubernetes', status.kubernetes],
    ['Proa', status.version],
    ['Node', `${status.node} (${status.nodeReady ? 'Ready' : 'not ready'})`],
    ['Runtime', status.runtime],
    ['Pod addresses', status.podCidr],
    ['Service addresses', status.serviceCidr],
    ['Uptime', `${status.uptimeSeconds} s`],
  ];
  for (const [name, pid] of Object.entries(status.pids)) {
    const bytes = status.memoryBytes[name];
    const memory = bytes === undefined ? '' : `, ${Math.round(bytes / 1024 / 1024)} MB`;
    rows.push([name, `pid ${pid}${memory}`]);
  }
  return rows.map(([name, value]) => `${`${name}:`.padEnd(19)}${value}`).join('\n');
}
