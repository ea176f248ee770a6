import { beforeEach, describe, expect, it } from 'vitest';
import type { Pod } from '../generated/types.ts';
import { POD_IDS } from './runtime.ts';
import { UserNamespaces, type UserNamespacesParts } from './user-namespaces.ts';

const FEATURES = { recursiveReadOnlyMounts: true, userNamespaces: true };
/** Content of the pods' files, by `UID/NAME`. */
let disk: Map<string, string>;

const files: UserNamespacesParts['files'] = {
  listPods: async () =>
    [...disk.keys()].map((path) => ({ uid: path.split('/')[0]!, name: '', namespace: '' })),
  readFile: async (uid, name) => disk.get(`${uid}/${name}`) ?? '',
  writeFile: async (uid, name, content) => {
    disk.set(`${uid}/${name}`, content);
    return name;
  },
  removeFile: async (uid, name) => void disk.delete(`${uid}/${name}`),
};

const podOf = (uid: string, hostUsers?: boolean): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: uid, namespace: 'ns', uid },
  spec: { containers: [], ...(hostUsers === undefined ? {} : { hostUsers }) },
});
const make = (changes: Partial<UserNamespacesParts> = {}) =>
  new UserNamespaces({ files, features: FEATURES, ...changes });

beforeEach(() => {
  disk = new Map();
});

describe('UserNamespaces', () => {
  it('gives none to pods that have the users of the node', async () => {
    const namespaces = make({ features: { ...FEATURES, userNamespaces: false } });
    expect(await namespaces.of(podOf('a'))).toBeUndefined();
    expect(await namespaces.of(podOf('a', true))).toBeUndefined();
  });

  it('refuses where the runtime has none', async () => {
    const namespaces = make({ features: { ...FEATURES, userNamespaces: false } });
    await expect(namespaces.of(podOf('a', false))).rejects.toThrow(
      "can't set `spec.hostUsers: false`, runtime does not support user namespaces",
    );
  });

  it('gives each pod ids of its own, and always the same', async () => {
    const namespaces = make();
    const pods = [podOf('a', false), podOf('b', false), podOf('a', false)];
    expect(await Promise.all(pods.map((pod) => namespaces.of(pod)))).toEqual([
      { hostId: POD_IDS, length: POD_IDS },
      { hostId: 2 * POD_IDS, length: POD_IDS },
      { hostId: POD_IDS, length: POD_IDS },
    ]);
  });

  it('writes them as upstream, and finds them after a restart', async () => {
    await make().of(podOf('a', false));
    const mappings = [{ hostId: 65536, containerId: 0, length: 65536 }];
    expect(JSON.parse(disk.get('a/userns')!)).toEqual({
      uidMappings: mappings,
      gidMappings: mappings,
    });
    const restarted = make();
    expect((await restarted.of(podOf('b', false)))?.hostId).toBe(2 * POD_IDS);
    expect((await restarted.of(podOf('a', false)))?.hostId).toBe(POD_IDS);
  });

  it('gives what was given back to the next', async () => {
    const namespaces = make();
    await namespaces.of(podOf('a', false));
    await namespaces.of(podOf('b', false));
    await namespaces.release('a');
    await namespaces.release('a');
    expect([...disk.keys()]).toEqual(['b/userns']);
    expect((await namespaces.of(podOf('c', false)))?.hostId).toBe(POD_IDS);
  });

  it('keeps nothing of a pod that ends while the others are looked for', async () => {
    await make().of(podOf('a', false));
    let goOn = () => {};
    let hasRead = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const read = new Promise<void>((resolve) => {
      hasRead = resolve;
    });
    const readFile = async (uid: string, name: string) => {
      const text = disk.get(`${uid}/${name}`) ?? '';
      hasRead();
      await held;
      return text;
    };
    const restarted = make({ files: { ...files, readFile } });
    const asked = restarted.of(podOf('b', false));
    await read;
    const released = restarted.release('a');
    goOn();
    await Promise.all([asked, released]);
    expect((await restarted.of(podOf('c', false)))?.hostId).toBe(POD_IDS);
  });

  it('keeps to what is set aside, and says when that is used up', async () => {
    const range = { hostId: 10 * POD_IDS, length: POD_IDS };
    const namespaces = make({ podIds: async () => range });
    expect(await namespaces.of(podOf('a', false))).toEqual(range);
    await expect(namespaces.of(podOf('b', false))).rejects.toThrow(
      'could not find an empty slot to allocate a user namespace',
    );
  });

  it('forgets ids that it could not write down', async () => {
    let isFull = true;
    const writeFile = async (uid: string, name: string, content: string) => {
      if (isFull) throw new Error('ENOSPC');
      return files.writeFile(uid, name, content);
    };
    const namespaces = make({ files: { ...files, writeFile } });
    await expect(namespaces.of(podOf('a', false))).rejects.toThrow('ENOSPC');
    isFull = false;
    expect((await namespaces.of(podOf('b', false)))?.hostId).toBe(POD_IDS);
  });

  it('takes an empty file for none', async () => {
    disk.set('a/userns', '');
    expect((await make().of(podOf('a', false)))?.hostId).toBe(POD_IDS);
  });

  it('guesses nothing, and reads again what may have been put right', async () => {
    disk.set('a/userns', '{"uidMappings":[]}');
    const namespaces = make();
    const wrong = 'wrong user namespace mapping of pod a: {"uidMappings":[]}';
    await expect(namespaces.of(podOf('b', false))).rejects.toThrow(wrong);
    await expect(namespaces.of(podOf('b', false))).rejects.toThrow(wrong);
    disk.delete('a/userns');
    expect((await namespaces.of(podOf('b', false)))?.hostId).toBe(POD_IDS);
  });
});
