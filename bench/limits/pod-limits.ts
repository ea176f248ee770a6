import { availableParallelism } from 'node:os';
import { quantile } from '../figures.ts';
import { cniTime } from './bare-cni.ts';
import { BareNode } from './bare-node.ts';
import { runcTime } from './bare-runc.ts';
import { onBusyMachine } from './busy-machine.ts';
import { limitFigure, type MeasuredLimit } from './measured-limit.ts';

const STARTS = 10;
const FIFTY = 50;
/** As many as the kubelet has under way. */
const AT_ONCE = 3 * availableParallelism();
/** A list of 10,000 pods. */
const LIST_BYTES = 24_000_000;

/** What containerd, runc and CNI take without a kubelet. `kubectlMs` is kubectl's own start. */
export async function podLimits(
  mirrors: readonly string[],
  kubectlMs: number,
): Promise<MeasuredLimit[]> {
  const node = await BareNode.open(mirrors);
  try {
    const times: number[] = [];
    for (let index = 0; index < STARTS; index++) {
      const { sandbox, ms } = await node.startPod(`one-${index}`);
      times.push(ms);
      await node.removePod(sandbox);
    }
    const one = quantile(times, 0.5);
    const busy = await onBusyMachine(() => node.startMany(FIFTY, AT_ONCE), LIST_BYTES);
    return [
      {
        figure: limitFigure('containerd from its start until CRI answers', {
          value: node.startMs,
          unit: 'ms',
        }),
      },
      { figure: limitFigure('runc run, p50', { value: await runcTime(node), unit: 'ms' }) },
      { figure: limitFigure('CNI bridge ADD, p50', { value: await cniTime(node), unit: 'ms' }) },
      {
        figure: limitFigure('bare CRI: sandbox and container started, p50', {
          value: one,
          unit: 'ms',
        }),
      },
      {
        figure: limitFigure('kubectl version --client and bare CRI together', {
          value: kubectlMs + one,
          unit: 'ms',
        }),
        limit: 'kubectlAndPod',
      },
      {
        figure: limitFigure('event loop delay of an idle process while 50 start, p99', {
          value: busy.loopP99Ms,
          unit: 'ms',
        }),
        limit: 'fiftyLoop',
      },
      {
        figure: limitFigure('bare HTTPS: get while 50 start, and lists of 24 MB, p99', {
          value: busy.getP99Ms,
          unit: 'ms',
        }),
        limit: 'busyGet',
      },
    ];
  } finally {
    await node.close();
  }
}
