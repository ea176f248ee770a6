import { expect, test } from 'vitest';
import { isStartCutOff } from './cut-off-start.ts';

const TASK = 'failed to create containerd task: failed to';
const RUNC = `${TASK} create shim task: OCI runtime create failed: runc create failed: unable to`;

test.each([
  ['the shim was being started', `${TASK} start shim: start failed: : context canceled`, true],
  ['its start was killed', `${TASK} start shim: start failed: : signal: killed: unknown`, true],
  ['the task was being made', `${TASK} create shim task: context canceled: unknown`, true],
  ['it was being started', 'failed to start containerd task "1a": context canceled: unknown', true],
  ['the time was over', `${TASK} create shim task: context deadline exceeded: unknown`, false],
  [
    'there is no such program',
    `${RUNC} start container process: exec: "x": executable file not found in $PATH: unknown`,
    false,
  ],
  [
    'a program is called so',
    `${RUNC} start container process: exec: "a: context canceled": permission denied: unknown`,
    false,
  ],
])('isStartCutOff: %s', (_, message, isSo) => {
  expect(isStartCutOff({ reason: 'StartError', message })).toBe(isSo);
  expect(isStartCutOff({ reason: 'Error', message })).toBe(false);
});
