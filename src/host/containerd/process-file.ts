import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { commandLine, processStart } from '../process-stat.ts';

/** Which process serves a folder, written so that nobody else's is ever taken for it. */
export interface ProcessRecord {
  readonly pid: number;
  readonly startTicks: number;
  readonly bootId: string;
  /** Of the configuration it was started with. */
  readonly configHash: string;
}

/** Reads a record; null when there is none or it cannot be read. */
export function readProcessRecord(path: string): ProcessRecord | null {
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as Partial<ProcessRecord>;
    const { pid, startTicks, bootId, configHash } = record;
    if (typeof pid !== 'number' || typeof startTicks !== 'number') return null;
    return { pid, startTicks, bootId: bootId ?? '', configHash: configHash ?? '' };
  } catch {
    return null;
  }
}

/** Writes a record whole or not at all. */
export function writeProcessRecord(path: string, record: ProcessRecord): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(record)}\n`);
  renameSync(`${path}.new`, path);
}

/** Removes a record. */
export function removeProcessRecord(path: string): void {
  rmSync(path, { force: true });
}

/** Whether the recorded process lives: same boot, same start, and `argument` among its own. */
export function isAlive(record: ProcessRecord, argument: string): boolean {
  if (processStart(record.pid) !== `${record.bootId}/${record.startTicks}`) return false;
  return commandLine(record.pid).includes(argument);
}
