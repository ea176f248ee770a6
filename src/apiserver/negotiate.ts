import { DISCOVERY_GROUP } from './discovery/aggregated.ts';
import { notAcceptable } from './errors.ts';

/** In which form a client wants its answer. */
export interface Format {
  readonly form: 'full' | 'partial' | 'table' | 'discovery';
  /** The version of the form's own API: of meta.k8s.io, or of apidiscovery.k8s.io. */
  readonly version: string;
}

/** Whatever is asked of objects can be answered in these. */
export type FormSet = ReadonlySet<Format['form']>;

export const OBJECT_FORMS: FormSet = new Set(['full', 'partial', 'table']);
export const DISCOVERY_FORMS: FormSet = new Set(['full', 'discovery']);
export const PLAIN_FORMS: FormSet = new Set(['full']);

const FULL: Format = { form: 'full', version: 'v1' };
const OFFERED = ['application/json'];

/** Headers seen before; clients send the same few over and over. */
const PARSED_MAX = 256;
const parsed = new Map<string, readonly MediaRange[]>();

interface MediaRange {
  readonly type: string;
  readonly quality: number;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * The first form of `accept`, by quality and then order, that is in `forms`.
 *
 * @throws ApiError NotAcceptable when there is none
 */
export function negotiate(accept: string | undefined, forms: FormSet): Format {
  if (accept === undefined || accept === '' || accept === 'application/json') return FULL;
  for (const range of parseAccept(accept)) {
    const format = formatOf(range);
    if (format !== null && forms.has(format.form)) return format;
  }
  throw notAcceptable(OFFERED);
}

function formatOf({ type, parameters }: MediaRange): Format | null {
  if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') return null;
  const { as, g, v } = parameters;
  if (as === undefined) return FULL;
  if (g === 'meta.k8s.io' && (v === 'v1' || v === 'v1beta1')) {
    if (as === 'Table') return { form: 'table', version: v };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') {
      return { form: 'partial', version: v };
    }
  }
  if (g === DISCOVERY_GROUP && as === 'APIGroupDiscoveryList' && (v === 'v2' || v === 'v2beta1')) {
    return { form: 'discovery', version: v };
  }
  return null;
}

function parseAccept(accept: string): readonly MediaRange[] {
  const known = parsed.get(accept);
  if (known !== undefined) return known;
  const ranges = accept.split(',').map(parseRange);
  // Sorting is stable, so equal qualities keep the client's order.
  ranges.sort((a, b) => b.quality - a.quality);
  if (parsed.size >= PARSED_MAX) parsed.clear();
  parsed.set(accept, ranges);
  return ranges;
}

function parseRange(text: string): MediaRange {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters: Record<string, string> = {};
  for (const part of rest) {
    const equals = part.indexOf('=');
    if (equals > 0) parameters[part.slice(0, equals).toLowerCase()] = part.slice(equals + 1);
  }
  const quality = Number(parameters.q ?? 1);
  return { type: type.toLowerCase(), quality: Number.isNaN(quality) ? 1 : quality, parameters };
}
