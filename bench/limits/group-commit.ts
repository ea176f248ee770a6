import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { measurePhase, type Phase } from '../phase.ts';

const VALUE = Buffer.alloc(1_500, 'abcdefghijklmnopqrstuvwxyz0123456789');

/**
 * So many durable writes of 1.5 KB by `writers`: those that come while a batch is on its way to
 * disk share the next one, and nothing else is done with them.
 */
export async function groupCommit(writers: number, writes: number): Promise<Phase> {
  const folder = await mkdtemp(join(tmpdir(), 'proa-bench-commit-'));
  const database = new ClassicLevel<string, Buffer>(folder, {
    valueEncoding: 'buffer',
    writeBufferSize: 8 * 1024 * 1024,
  });
  await database.open();
  try {
    return await measurePhase(process.pid, () => writeAll(database, writers, writes));
  } finally {
    await database.close();
    await rm(folder, { recursive: true });
  }
}

async function writeAll(
  database: ClassicLevel<string, Buffer>,
  writers: number,
  writes: number,
): Promise<void> {
  let waiting: { readonly key: string; readonly done: () => void }[] = [];
  let writing = false;
  const flush = async () => {
    writing = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      const batch = database.batch();
      for (const { key } of group) batch.put(key, VALUE);
      await batch.write({ sync: true });
      for (const { done } of group) done();
    }
    writing = false;
  };
  let next = 0;
  const writer = async () => {
    while (next < writes) {
      const key = `/registry/pods/default/web-${next++}`;
      await new Promise<void>((done) => {
        waiting.push({ key, done });
        if (!writing) void flush();
      });
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
}
