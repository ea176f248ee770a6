/** containerd's word for a container whose start failed. */
const REASON = 'StartError';
/**
 * The ends of what containerd says when the caller of a start went away. What a pod can put into
 * such a message, a path or a command, always has an explanation after it.
 */
const ENDS = [/: context canceled(: unknown)?$/, /start failed: : signal: killed(: unknown)?$/];

/**
 * Whether a container ended since whoever asked for its start went away: containerd ties the start
 * to the connection, and takes it back.
 */
export function isStartCutOff({ reason, message }: { reason: string; message: string }): boolean {
  return reason === REASON && ENDS.some((end) => end.test(message));
}
