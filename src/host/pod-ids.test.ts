import { describe, expect, it } from 'vitest';
import { podIds } from './pod-ids.ts';

const OTHERS = 'root:100000:65536\nkubelets:1:1\n';

describe('podIds', () => {
  it('is null where nothing is set aside', () => {
    expect(podIds('', '', 110)).toBeNull();
    expect(podIds(OTHERS, OTHERS, 110)).toBeNull();
  });

  it('reads the range of the user kubelet', () => {
    const text = `${OTHERS}kubelet:131072:7208960\n`;
    expect(podIds(text, text, 110)).toEqual({ hostId: 131_072, length: 7_208_960 });
  });

  const wrong: [string, string, string, string][] = [
    ['kubelet:65536:65536', '', 'mismatched subuids and subgids', 'groups without ids'],
    ['kubelet:65536:65536', 'kubelet:131072:65536', 'mismatched', 'groups with others'],
    ['kubelet:65537:65536', 'same', 'ID 65537 is not a multiple of 65536', 'a crooked start'],
    ['kubelet:0:65536', 'same', 'ID 0 must be greater or equal to 65536', 'ids of the node'],
    ['kubelet:65536:7', 'same', 'length 7 is not a multiple of 65536', 'a crooked length'],
    ['kubelet:65536:65536', 'same', 'not enough to support 110 pods', 'too few'],
    ['kubelet:65536:x', 'same', 'length NaN is not a multiple', 'no number'],
    ['kubelet:65536:65536\nkubelet:131072:65536', 'same', 'more than one range', 'two ranges'],
  ];
  it.each(wrong)('refuses %s and %s: %s (%s)', (users, groups, message) => {
    expect(() => podIds(users, groups === 'same' ? users : groups, 110)).toThrow(message);
  });
});
