import { describe, expect, test } from 'vitest';
import type { Pod } from '../../generated/types.ts';
import type { PodFiles } from '../edges.ts';
import { emptyDir } from './empty-dir.ts';
import type { VolumeContext } from './volume-type.ts';

const MIB = 2 ** 20;

/** What the node is asked to make for a volume; its refusal where it makes none. */
async function made(source: object, resources: object = {}): Promise<object | string> {
  const asked: object[] = [];
  const files: Pick<PodFiles, 'emptyDir'> = {
    emptyDir: (_uid, _volume, options) => {
      asked.push(options);
      return Promise.resolve('/v');
    },
  };
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', uid: 'u' },
    spec: { containers: [{ name: 'c', image: 'i', resources }] },
  };
  const node = { edges: { files }, allocatable: { memory: '1Gi' } };
  const context = { pod, node } as unknown as VolumeContext;
  try {
    await emptyDir.mount({ name: 'v', emptyDir: source }, context);
  } catch (error) {
    return (error as Error).message;
  }
  return asked[0]!;
}

describe('emptyDir', () => {
  test.each<[string, object, object, number]>([
    ['what the node has', {}, {}, 1024 * MIB],
    ['its own limit', { sizeLimit: '2Mi' }, {}, 2 * MIB],
    ['no limit of 0', { sizeLimit: '0' }, {}, 1024 * MIB],
    ['what its pod may have', { sizeLimit: '1Gi' }, { limits: { memory: '32Mi' } }, 32 * MIB],
    ['the less of both', { sizeLimit: '3Mi' }, { limits: { memory: '32Mi' } }, 3 * MIB],
  ])('in memory has the size of %s', async (_, source, resources, sizeLimitBytes) => {
    const asked = await made({ medium: 'Memory', ...source }, resources);
    expect(asked).toMatchObject({ medium: 'Memory', sizeLimitBytes });
  });

  test('on disk has none: its limit is looked after by eviction', async () => {
    expect(await made({ sizeLimit: '2Mi' })).toEqual({ medium: '', fsGroup: undefined });
  });

  test.each<[string, object, string]>([
    [
      'HugePages',
      {},
      'medium HugePages: hugePages storage requested, but there is no resource request for huge pages',
    ],
    [
      'HugePages-2Mi',
      { requests: { 'hugepages-2Mi': '4Mi' } },
      'medium HugePages-2Mi: huge pages are not supported by this node',
    ],
    ['Floppy', {}, 'unknown storage medium "Floppy"'],
  ])('of medium %s is refused', async (medium, resources, message) => {
    expect(await made({ medium }, resources)).toBe(message);
  });
});
