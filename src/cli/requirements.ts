import { missingRequirements } from '../host/containerd/requirements.ts';
import { UserError } from './user-error.ts';

const STILL_WORKS = 'without it the API and simulated pods still work: proa up --runtime sim';

/**
 * Sees to it that the machine can run what is asked.
 *
 * @throws UserError in one sentence: what is missing, and what still works
 */
export function requireRuntime(runtime: 'containerd' | 'sim'): void {
  if (runtime === 'sim') return;
  if (process.platform !== 'linux') {
    throw new UserError(
      `real containers need Linux, and this is ${process.platform}; ${STILL_WORKS}`,
    );
  }
  if (process.getuid?.() !== 0) {
    throw new UserError(`real containers need root (try sudo); ${STILL_WORKS}`);
  }
  const missing = missingRequirements();
  if (missing !== '') throw new UserError(`${missing}; ${STILL_WORKS}`);
}
