import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { containerdLayout } from './layout.ts';
import { leftNetworks, presentNetworks, removeNetworks } from './left-networks.ts';

it('what no sandbox has is removed, and nothing else', async () => {
  const home = mkdtempSync(join(tmpdir(), 'proa-networks-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const layout = { ...containerdLayout(home), state: join(home, 'state') };
  const namespaces = join(layout.state, 'io.containerd.grpc.v1.cri', 'netns');
  const addresses = join(layout.ipam, layout.bridge);
  for (const folder of [namespaces, addresses]) mkdirSync(folder, { recursive: true });
  const write = (folder: string, name: string, text = '') => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const kept = [write(namespaces, 'cni-1'), write(addresses, '10.1.0.2', 'a\r\neth0')];
  const other = [write(addresses, 'last_reserved_ip.0', '10.1.0.3'), write(addresses, 'lock')];
  const gone = [write(namespaces, 'cni-2'), write(addresses, '10.1.0.3', 'b\r\neth0')];
  const before = presentNetworks(layout);
  const late = [write(namespaces, 'cni-3'), write(addresses, '10.1.0.4', 'c\r\neth0')];

  const left = leftNetworks(before, { ids: new Set(['a']), paths: new Set(kept) });
  await removeNetworks(left);
  await removeNetworks(left);
  expect([...kept, ...other, ...late].filter((path) => !existsSync(path))).toEqual([]);
  expect(gone.filter(existsSync)).toEqual([]);
});

it('where nothing was made yet nothing is left', () => {
  const layout = containerdLayout('/nowhere/at/all');
  expect(presentNetworks(layout)).toEqual({ namespaces: [], addresses: [] });
});
