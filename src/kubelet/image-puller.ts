import { BackOff } from '../base/back-off.ts';
import type { Clock } from '../base/clock.ts';
import type { Container, Pod } from '../generated/types.ts';
import { imageTag } from '../objects/core/pod/image-name.ts';
import { goQuote } from '../objects/go-quote.ts';
import type { ContainerEvents } from './container-events.ts';
import { goDuration } from './go-duration.ts';
import type { Preparation } from './plan.ts';
import type { Image, RegistryAuth, Runtime } from './runtime.ts';

const BACK_OFF_MS_MIN = 10_000;
const BACK_OFF_MS_MAX = 300_000;
/** ErrImagePull is shown for this long before it becomes ImagePullBackOff. */
const ERROR_SHOWN_MS = 1_000;
/** A failure that no pull can cure is looked at again after this. */
const RETRY_MS = 10_000;
/** Failed pulls remembered; the oldest are forgotten first. */
const FAILURES_MAX = 1_000;

/** A pull under way, shared by all who want that image. */
interface SharedPull {
  readonly done: Promise<string>;
  readonly controller: AbortController;
  waiters: number;
}

type Outcome = Extract<Preparation, { state: 'ready' | 'failed' }>;

/**
 * Sees that a container's image is here, as its pull policy wants: upstream's image manager, with
 * its events, texts and back-off. Pulls of one image at one time are one pull.
 */
export class ImagePuller {
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #backOff: BackOff;
  readonly #failures = new Map<string, { at: number; message: string }>();
  readonly #pulls = new Map<string, SharedPull>();

  constructor(runtime: Runtime, clock: Clock) {
    this.#runtime = runtime;
    this.#clock = clock;
    this.#backOff = new BackOff(clock, BACK_OFF_MS_MIN, BACK_OFF_MS_MAX, FAILURES_MAX);
  }

  /** Never throws: what went wrong is the outcome, told in events too. */
  async ensure(
    pod: Pod,
    container: Container,
    auths: readonly RegistryAuth[],
    events: ContainerEvents,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const name = withDefaultTag(container.image ?? '');
    if (name === undefined) return this.#invalidName(container.image ?? '', events);
    let present: Image | null;
    try {
      present = await this.#runtime.imageStatus(name);
    } catch (error) {
      const message = `Failed to inspect image ${goQuote(name)}: ${textOf(error)}`;
      events.record('Warning', 'InspectFailed', message);
      return this.#failed('ImageInspectError', message, events, RETRY_MS);
    }
    const policy = container.imagePullPolicy ?? 'IfNotPresent';
    if (present !== null && policy !== 'Always') {
      const quoted = goQuote(container.image ?? '');
      events.record('Normal', 'Pulled', `Container image ${quoted} already present on machine`);
      return { state: 'ready', imageId: present.id };
    }
    if (policy === 'Never') {
      const quoted = goQuote(container.image ?? '');
      const message = `Container image ${quoted} is not present with pull policy of Never`;
      events.record('Warning', 'ErrImageNeverPull', message);
      return this.#failed('ErrImageNeverPull', message, events, RETRY_MS);
    }
    return this.#pull(pod, container, name, auths, events, signal);
  }

  #invalidName(image: string, events: ContainerEvents): Outcome {
    const quoted = goQuote(image);
    const message =
      `Failed to apply default image tag ${quoted}: ` +
      `couldn't parse image name ${quoted}: ${formatError(image)}`;
    events.record('Warning', 'InspectFailed', message);
    return this.#failed('InvalidImageName', message, events, RETRY_MS);
  }

  #failed(reason: string, message: string, events: ContainerEvents, retryMs: number): Outcome {
    events.record('Warning', 'Failed', `Error: ${reason}`);
    return { state: 'failed', reason, message, retryAt: this.#clock.now() + retryMs };
  }

  async #pull(
    pod: Pod,
    container: Container,
    name: string,
    auths: readonly RegistryAuth[],
    events: ContainerEvents,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const quoted = goQuote(container.image ?? '');
    const key = `${pod.metadata.uid}_${name}`;
    const failure = this.#failures.get(key);
    const remainingMs = failure === undefined ? 0 : this.#backOff.remainingMs(key, failure.at);
    if (failure !== undefined && remainingMs > 0) {
      const text = `Back-off pulling image ${quoted}`;
      events.record('Normal', 'BackOff', text);
      const message = `${text}: ErrImagePull: ${failure.message}`;
      return this.#failed('ImagePullBackOff', message, events, remainingMs);
    }
    events.record('Normal', 'Pulling', `Pulling image ${quoted}`);
    const startedAt = this.#clock.monotonic();
    try {
      const imageId = await this.#shared(name, auths, signal);
      const took = goDuration(Math.round(this.#clock.monotonic() - startedAt));
      const size = (await this.#runtime.imageStatus(name).catch(() => null))?.sizeBytes ?? 0;
      events.record(
        'Normal',
        'Pulled',
        `Successfully pulled image ${quoted} in ${took} (${took} including waiting). ` +
          `Image size: ${size} bytes.`,
      );
      this.#failures.delete(key);
      this.#backOff.reset(key);
      return { state: 'ready', imageId };
    } catch (error) {
      const message = textOf(error);
      if (signal.aborted) return { state: 'failed', reason: 'ErrImagePull', message, retryAt: 0 };
      events.record('Warning', 'Failed', `Failed to pull image ${quoted}: ${message}`);
      this.#remember(key, message);
      return this.#failed('ErrImagePull', message, events, ERROR_SHOWN_MS);
    }
  }

  #remember(key: string, message: string): void {
    const at = this.#clock.now();
    this.#backOff.next(key, at);
    this.#failures.delete(key);
    this.#failures.set(key, { at, message });
    if (this.#failures.size > FAILURES_MAX) {
      this.#failures.delete(this.#failures.keys().next().value ?? '');
    }
  }

  /** Joins the pull of that image, or begins one. It is given up when nobody waits for it. */
  async #shared(
    name: string,
    auths: readonly RegistryAuth[],
    signal: AbortSignal,
  ): Promise<string> {
    const key = JSON.stringify([name, auths]);
    let pull = this.#pulls.get(key);
    if (pull === undefined) {
      const controller = new AbortController();
      const done = this.#tryAll(name, auths, controller.signal);
      pull = { done, controller, waiters: 0 };
      this.#pulls.set(key, pull);
      const end = () => this.#pulls.delete(key);
      done.then(end, end);
    }
    const joined = pull;
    joined.waiters++;
    const leave = () => {
      joined.waiters--;
      if (joined.waiters === 0) joined.controller.abort();
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await joined.done;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** Tries each credential in turn, or once without. */
  async #tryAll(
    name: string,
    auths: readonly RegistryAuth[],
    signal: AbortSignal,
  ): Promise<string> {
    let last: unknown;
    for (const auth of auths.length === 0 ? [null] : auths) {
      try {
        return await this.#runtime.pullImage(name, auth, signal);
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }
}

/** An image name with its tag: `latest` where it names neither tag nor digest. */
export function withDefaultTag(image: string): string | undefined {
  const hasDigest = image.includes('@');
  const tag = imageTag(image);
  if (hasDigest) return image;
  if (tag === undefined) return undefined;
  return image.endsWith(`:${tag}`) ? image : `${image}:${tag}`;
}

/** The words of the reference parser of containerd and Docker. */
function formatError(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const path = (hasHost ? rest.join('/') : image).replace(/:[^/]*$/, '');
  if (path === path.toLowerCase()) return 'invalid reference format';
  const repository = rest.length > 0 ? path : `library/${path}`;
  return `invalid reference format: repository name (${repository}) must be lowercase`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
