import { expect, test } from 'vitest';
import { goErrorText } from './go-error-text.ts';

test.each<[unknown, string]>([
  [
    new Error("ENOENT: no such file or directory, open '/a/it's b'"),
    "open /a/it's b: no such file or directory",
  ],
  [new Error("EEXIST: file already exists, mkdir '/a'"), 'mkdir /a: file exists'],
  [new Error('ENOSPC: no space left on device, write'), 'write: no space left on device'],
  [new Error('configmap "a" not found'), 'configmap "a" not found'],
  ['told', 'told'],
])('%s', (error, text) => {
  expect(goErrorText(error)).toBe(text);
});
