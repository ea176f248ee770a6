/** The protocols by which Kubernetes' clients speak over channels, and how one is agreed on. */

/** Over SPDY, for commands: later ones say more of how a command ended. */
export const SPDY_COMMAND = [
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
];
export const SPDY_FORWARD = ['portforward.k8s.io'];
/** Over WebSockets, for commands; '' is what a client gets that names none. */
export const WEB_SOCKET_COMMAND = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
  '',
];
/** SPDY's own frames within the messages of a WebSocket. */
export const TUNNEL = 'SPDY/3.1+portforward.k8s.io';
export const WEB_SOCKET_FORWARD = [
  TUNNEL,
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
  '',
];

/** The names in a header that lists some. */
export function namesIn(header: string | undefined): string[] {
  return (header ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** The first of the client's protocols that is known here; null when none is. */
export function agree(asked: readonly string[], known: readonly string[]): string | null {
  const wanted = asked.length === 0 ? [''] : asked;
  return wanted.find((name) => known.includes(name)) ?? null;
}

/** Whether a channel's bytes go as base64 in text messages. */
export function isBase64(protocol: string): boolean {
  return protocol.includes('base64');
}

/** Whether the end of a command is told as a Status in JSON. */
export function tellsStatus(protocol: string): boolean {
  return /^v[45]\./.test(protocol);
}

/** Whether a client over a WebSocket can end its input and listen on; else it has to close. */
export function endsInput(protocol: string): boolean {
  return protocol.startsWith('v5.');
}
