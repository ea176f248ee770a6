/** Where a span is shown: a row among those of its group. */
export interface Track {
  /** A part of the program, such as `pods`. There are few. */
  readonly group: string;
  /** Such as a pod's name. Spans of one track that overlap get further rows of the same name. */
  readonly name: string;
}

/** What is told of a span beside its name. */
export type TraceDetails = Readonly<Record<string, string | number | boolean>>;

/** Something under way. Ending it twice does nothing more. */
export interface Span {
  end(details?: TraceDetails): void;
}

/** Records what happens when, for people to look at. Never throws, never waits. */
export interface Tracer {
  /** False when nothing is recorded: then nothing need be wrapped or put together for it. */
  readonly enabled: boolean;
  /** Something begins now, and goes on until its span is ended. */
  span(track: Track, name: string, details?: TraceDetails): Span;
  /** Something happened now. */
  mark(track: Track, name: string, details?: TraceDetails): void;
}

const NO_SPAN: Span = { end() {} };

/** Records nothing. */
export const NO_TRACER: Tracer = {
  enabled: false,
  span: () => NO_SPAN,
  mark() {},
};

/**
 * Runs `work` as a span; what it throws ends the span with the error's text.
 *
 * @throws what `work` throws
 */
export async function traced<T>(
  tracer: Tracer,
  track: Track,
  name: string,
  work: () => Promise<T>,
  details?: TraceDetails,
): Promise<T> {
  if (!tracer.enabled) return work();
  const span = tracer.span(track, name, details);
  try {
    const result = await work();
    span.end();
    return result;
  } catch (error) {
    span.end({ error: String(error) });
    throw error;
  }
}
