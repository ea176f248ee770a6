import { type FieldError, forbidden, invalid, notSupported } from '../../field-error.ts';

const STREAMS = ['All', 'Stderr', 'Stdout'];

/** Checks the options of `pods/log`, as decoded from a query (upstream's ValidatePodLogOptions). */
export function validateLogOptions(options: Readonly<Record<string, unknown>>): FieldError[] {
  const errors: FieldError[] = [];
  const { tailLines, limitBytes, sinceSeconds, sinceTime, stream } = options;
  if (typeof tailLines === 'number' && tailLines < 0) {
    errors.push(invalid('tailLines', tailLines, 'must be greater than or equal to 0'));
  }
  if (typeof limitBytes === 'number' && limitBytes < 1) {
    errors.push(invalid('limitBytes', limitBytes, 'must be greater than 0'));
  }
  if (sinceSeconds !== undefined && sinceTime !== undefined) {
    const detail = 'at most one of `sinceTime` or `sinceSeconds` may be specified';
    errors.push(forbidden('', detail));
  } else if (typeof sinceSeconds === 'number' && sinceSeconds < 1) {
    errors.push(invalid('sinceSeconds', sinceSeconds, 'must be greater than 0'));
  }
  if (typeof stream !== 'string') return errors;
  if (!STREAMS.includes(stream)) errors.push(notSupported('stream', stream, STREAMS));
  if (stream !== 'All' && tailLines !== undefined) {
    const detail = '`tailLines` and specific `stream` are mutually exclusive for now';
    errors.push(forbidden('', detail));
  }
  return errors;
}
