import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HostDiskReserve, reserveFile } from './disk-reserve.ts';

const MIB = 2 ** 20;
let home: string;
let available: number;
let reserve: HostDiskReserve;

const make = () => new HostDiskReserve(home, async () => available);
const heldBytes = () => statSync(reserveFile(home)).blocks * 512;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'proa-reserve-'));
  available = 1_000 * MIB;
  reserve = make();
});
afterEach(() => rmSync(home, { recursive: true }));

it('holds real blocks, and keeps them while there is room', async () => {
  await reserve.keep();
  expect(heldBytes()).toBeGreaterThanOrEqual(16 * MIB);
  expect(await reserve.release()).toBe(false);
  expect(existsSync(reserveFile(home))).toBe(true);
});

it('gives its room once the disk is full, and takes it again when there is plenty', async () => {
  await reserve.keep();
  available = MIB;
  expect(await reserve.release()).toBe(true);
  expect(existsSync(reserveFile(home))).toBe(false);
  expect(await reserve.release()).toBe(false);
  available = 20 * MIB;
  await reserve.keep();
  expect(existsSync(reserveFile(home))).toBe(false);
  available = 100 * MIB;
  await reserve.keep();
  expect(heldBytes()).toBeGreaterThanOrEqual(16 * MIB);
});

it('knows the room that an earlier process kept', async () => {
  await reserve.keep();
  available = MIB;
  expect(await make().release()).toBe(true);
});

it('gives nothing of a disk that cannot be asked', async () => {
  const gone = new HostDiskReserve(join(home, 'gone'));
  expect(await gone.release()).toBe(false);
  await expect(gone.keep()).rejects.toThrow('ENOENT');
});
