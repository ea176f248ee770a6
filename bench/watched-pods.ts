import type { BenchCluster } from './cluster.ts';
import type { HttpClient } from './http-client.ts';
import { expectStatus, openClients, share, type Work } from './phase.ts';
import { podBody, podName } from './pod-body.ts';

const NAMESPACES = '/api/v1/namespaces';
const PODS = `${NAMESPACES}/bench-watch/pods`;
const JSON_TYPE = 'application/json';

/** A pod for each of some writers, for watches to follow what they change. */
export class WatchedPods {
  readonly writers: readonly HttpClient[];
  #turn = 0;

  private constructor(writers: readonly HttpClient[]) {
    this.writers = writers;
  }

  static async make({ access }: BenchCluster, writers: number): Promise<WatchedPods> {
    const pods = new WatchedPods(await openClients(access, writers));
    const [first] = pods.writers as [HttpClient, ...HttpClient[]];
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench-watch' } };
    expectStatus(await first.request('POST', NAMESPACES, JSON_TYPE, JSON.stringify(namespace)));
    await share(pods.writers, writers, (client, index) =>
      client.request('POST', PODS, JSON_TYPE, podBody(index)),
    );
    return pods;
  }

  /** The path of a watch of all that comes from now on. */
  async watchPath(): Promise<string> {
    const [first] = this.writers as [HttpClient, ...HttpClient[]];
    const list = JSON.parse((await first.request('GET', PODS)).body.toString());
    return `${PODS}?watch=true&resourceVersion=${list.metadata.resourceVersion}`;
  }

  /** Changes a label of the writer's own pod: writers do not race each other. */
  readonly update: Work = (client) => {
    const patch = JSON.stringify({ metadata: { labels: { turn: `t${this.#turn++}` } } });
    const path = `${PODS}/${podName(this.writers.indexOf(client))}`;
    return client.request('PATCH', path, 'application/merge-patch+json', patch);
  };

  close(): void {
    for (const writer of this.writers) writer.close();
  }
}
