import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quantile } from '../figures.ts';
import type { BareNode } from './bare-node.ts';
import { runTimed } from './command-time.ts';

const STARTS = 10;
/** Where Debian has the plugins. */
const CNI_FOLDER = '/usr/lib/cni';

/** The median time of the CNI plugin `bridge` to give a network namespace its link and address. */
export async function cniTime(node: BareNode): Promise<number> {
  const [file] = await readdir(node.layout.cniConfig);
  const list = JSON.parse(await readFile(join(node.layout.cniConfig, file ?? ''), 'utf8'));
  const input = JSON.stringify({
    ...list.plugins[0],
    cniVersion: list.cniVersion,
    name: list.name,
  });
  const times: number[] = [];
  for (let turn = 0; turn < STARTS; turn++) {
    const id = `proa-bench-${turn}`;
    const env = (command: string) => ({
      CNI_COMMAND: command,
      CNI_CONTAINERID: id,
      CNI_NETNS: `/var/run/netns/${id}`,
      CNI_IFNAME: 'eth0',
      CNI_PATH: CNI_FOLDER,
    });
    await runTimed('ip', ['netns', 'add', id]);
    try {
      const plugin = join(CNI_FOLDER, 'bridge');
      times.push(await runTimed(plugin, [], { input, env: env('ADD') }));
      await runTimed(plugin, [], { input, env: env('DEL') });
    } finally {
      await runTimed('ip', ['netns', 'delete', id]);
    }
  }
  return quantile(times, 0.5);
}
