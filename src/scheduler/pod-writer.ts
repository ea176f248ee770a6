import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import { pods } from '../client/resources.ts';
import type { Pod, PodStatus } from '../generated/types.ts';
import { isReason } from '../objects/api-error.ts';
import { podCondition, setPodCondition } from '../objects/core/pod/conditions.ts';

/** All that the scheduler writes about pods: bindings, conditions and events. */
export class PodWriter {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #recorder: EventRecorder;

  constructor(client: Client, clock: Clock, log: Log, recorder: EventRecorder) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
    this.#recorder = recorder;
  }

  /** Binds the pod; false when the API server refused. */
  async bind(pod: Pod, nodeName: string): Promise<boolean> {
    const { name = '', namespace = '', uid } = pod.metadata;
    try {
      await this.#client.act(
        pods,
        { name, namespace, subresource: 'binding' },
        {
          apiVersion: 'v1',
          kind: 'Binding',
          metadata: { name, namespace, uid },
          target: { kind: 'Node', name: nodeName },
        },
      );
    } catch (error) {
      if (!isReason(error, 'NotFound', 'Conflict')) {
        const message = error instanceof Error ? error.message : String(error);
        this.#recorder.record(pod, 'Warning', 'FailedScheduling', message);
      }
      this.#log.info('pod not bound', { pod: `${namespace}/${name}`, error: String(error) });
      return false;
    }
    const message = `Successfully assigned ${namespace}/${name} to ${nodeName}`;
    this.#recorder.record(pod, 'Normal', 'Scheduled', message);
    return true;
  }

  /** Tells that the pod did not get its volumes on the node that was chosen. */
  volumesFailed(pod: Pod, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    const message = `running PreBind plugin "VolumeBinding": binding volumes: ${why}`;
    this.#recorder.record(pod, 'Warning', 'FailedScheduling', message);
  }

  /** Tells that the pod is being deleted and gets no node any more. */
  skipped(pod: Pod): void {
    const { name, namespace } = pod.metadata;
    const message = `skip schedule deleting pod: ${namespace}/${name}`;
    this.#recorder.record(pod, 'Warning', 'FailedScheduling', message);
  }

  /** Tells why no node took the pod: by an event each time, by the condition when it changed. */
  unschedulable(pod: Pod, message: string): void {
    this.#recorder.record(pod, 'Warning', 'FailedScheduling', message);
    const present = podCondition(pod, 'PodScheduled');
    const status: PodStatus = { conditions: present === undefined ? [] : [present] };
    const next = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      observedGeneration: pod.metadata.generation,
    };
    if (setPodCondition(status, next, this.#clock.now())) void this.#patch(pod, status);
  }

  async #patch(pod: Pod, status: PodStatus): Promise<void> {
    const { name = '', namespace = '', uid } = pod.metadata;
    const target = { name, namespace, subresource: 'status' };
    try {
      await this.#client.patch(pods, target, 'strategic', { metadata: { uid }, status });
    } catch (error) {
      if (isReason(error, 'NotFound', 'Conflict')) return;
      this.#log.warn('condition not written', {
        pod: `${namespace}/${name}`,
        error: String(error),
      });
    }
  }
}
