import type { Container, HTTPGetAction } from '../../generated/types.ts';
import type { HttpProbe } from '../edges.ts';

const USER_AGENT = 'kube-probe/1.34';

/**
 * The port of an action: a number, or the name of one of the container's ports. Null when there is
 * none such.
 */
export function resolvePort(container: Container, port: number | string): number | null {
  const number =
    typeof port === 'number' || /^\d+$/.test(port)
      ? Number(port)
      : container.ports?.find(({ name }) => name === port)?.containerPort;
  return number !== undefined && number > 0 && number < 65536 ? number : null;
}

/** The request of an httpGet action, with upstream's own headers where none are given. */
export function httpProbeOf(
  action: HTTPGetAction,
  port: number,
  podIp: string,
  userAgent = USER_AGENT,
): HttpProbe {
  const headers = [...(action.httpHeaders ?? [])];
  const has = (wanted: string) => headers.some(({ name }) => name.toLowerCase() === wanted);
  if (!has('user-agent')) headers.push({ name: 'User-Agent', value: userAgent });
  if (!has('accept')) headers.push({ name: 'Accept', value: '*/*' });
  return {
    scheme: action.scheme?.toUpperCase() === 'HTTPS' ? 'HTTPS' : 'HTTP',
    host: action.host || podIp,
    port,
    path: action.path || '/',
    // An Accept header given as empty means: send none.
    headers: headers.filter(({ name, value }) => name.toLowerCase() !== 'accept' || value !== ''),
  };
}
