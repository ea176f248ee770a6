/** Why a container could not be started: the reason and message of its `waiting` state. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly reason:
    | 'CreateContainerConfigError'
    | 'CreateContainerError'
    | 'RunContainerError'
    | 'PostStartHookError';

  constructor(reason: StartError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}
