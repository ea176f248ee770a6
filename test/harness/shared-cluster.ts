import { createConnection } from 'node:net';
import { inject } from 'vitest';
import { homeAt } from '../../src/cli/home.ts';
import { TestCluster } from './cluster.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Unix socket on which global-setup.ts hands out the cluster that tests share. */
    sharedCluster: string;
  }
}

/** What global-setup.ts answers: one line of JSON. */
export type SharedAnswer =
  | { readonly home: string; readonly mirrors: readonly string[] }
  | { readonly error: string };

export interface Shared {
  readonly cluster: TestCluster;
  /** For `--registry-mirror` of a test's own clusters. */
  readonly mirrors: readonly string[];
}

/**
 * The cluster that the tests of one run share, and the registry behind it. The first call brings
 * both up; tests keep to namespaces of their own.
 *
 * @throws when it does not start
 */
export async function sharedCluster(): Promise<Shared> {
  const answer = await ask(inject('sharedCluster'));
  if ('error' in answer) throw new Error(answer.error);
  const cluster = new TestCluster(homeAt(answer.home).folder, [], false);
  return { cluster, mirrors: answer.mirrors };
}

function ask(socket: string): Promise<SharedAnswer> {
  return new Promise((resolve, reject) => {
    const connection = createConnection(socket);
    let text = '';
    connection.setEncoding('utf8');
    connection.on('data', (part: string) => {
      text += part;
    });
    connection.on('error', reject);
    connection.on('end', () => resolve(JSON.parse(text) as SharedAnswer));
  });
}
