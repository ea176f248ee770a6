type Status = Record<string, unknown>;

const BASE = { kind: 'Status', apiVersion: 'v1', metadata: {} };
const SUCCESS: Status = { ...BASE, status: 'Success' };

/** The Status by which a client learns how a command ended, as upstream's kubelet makes it. */
export async function execStatus(
  command: readonly string[],
  ended: Promise<number>,
): Promise<Status> {
  try {
    const code = await ended;
    return code === 0 ? SUCCESS : nonZeroExit(command, code);
  } catch (error) {
    return internalError(`error executing command in container: ${textOf(error)}`);
  }
}

/** The same for a connection to a process that was there before. */
export async function attachStatus(ended: Promise<void>): Promise<Status> {
  try {
    await ended;
    return SUCCESS;
  } catch (error) {
    return internalError(`error attaching to container: ${textOf(error)}`);
  }
}

function nonZeroExit(command: readonly string[], code: number): Status {
  const why = `error executing command [${command.join(' ')}], exit code ${code}`;
  return {
    ...BASE,
    status: 'Failure',
    message: `command terminated with non-zero exit code: ${why}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

function internalError(text: string): Status {
  return {
    ...BASE,
    status: 'Failure',
    message: `Internal error occurred: ${text}`,
    reason: 'InternalError',
    details: { causes: [{ message: text }] },
    code: 500,
  };
}

/** Upstream shows the runtime's own text here, without the code of its answer. */
function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^rpc error: code = \w+ desc = /, '');
}
