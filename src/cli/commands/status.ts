import { askControl } from '../control.ts';
import type { Home } from '../home.ts';
import { readRunFile } from '../run-file.ts';

/** What a running daemon says of itself. */
export interface DaemonStatus {
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
  const status =
    running === null
      ? null
      : await askControl<DaemonStatus>(running.controlSocket, 'GET', '/status');
  if (options.output === 'json') {
    const state = status === null ? { state: 'down' } : { state: 'up', ...status };
    console.log(JSON.stringify({ home: home.folder, ...state }, null, 2));
  } else if (status === null) {
    console.log(`proa is down (home ${home.folder})`);
  } else {
    console.log(describe(home, status));
  }
  return status === null ? 1 : 0;
}

function describe(home: Home, status: DaemonStatus): string {
  const rows: [string, string][] = [
    ['State', 'up'],
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
