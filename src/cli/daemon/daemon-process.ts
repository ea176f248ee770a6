/**
 * The process that `proa up` starts in the background: `proa daemon --home FOLDER`. It loads nothing
 * of the command line, since whoever started it waits.
 */
import { Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { readClusterFile } from '../cluster-file.ts';
import { goAheadFrom } from '../go-ahead.ts';
import { homeAt } from '../home.ts';
import { DAEMON_FD, reportTo } from '../progress.ts';
import { runDaemon } from './daemon.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: { home: { type: 'string', default: '' }, trace: { type: 'string' } },
  });
  const home = homeAt(values.home);
  const stream = new Socket({ fd: DAEMON_FD });
  const report = reportTo(stream);
  const goAhead = await goAheadFrom(stream);
  const settings = await readClusterFile(home.clusterFile);
  // Whoever started it has found a reason not to, and has told it.
  if (goAhead === null || settings === null) return;
  const options = { offered: goAhead.certificates, trace: values.trace };
  process.exitCode = await runDaemon(home, settings, options, async (progress) => {
    report(progress);
    // Whoever waits is told that this was the last line.
    if (progress.type !== 'step') stream.end(() => stream.destroy());
  });
}

void main();
