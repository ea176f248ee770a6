import { isIPv4 } from 'node:net';

/** Whether a `hostIP` stands for every address of the node. */
export function isAnyAddress(hostIp: string): boolean {
  return hostIp === '' || hostIp === '0.0.0.0' || hostIp === '::';
}

/** Whether ports at a `hostIP` can lead into pods, which have IPv4 addresses. The API takes any text. */
export function isServedAddress(hostIp: string): boolean {
  return isAnyAddress(hostIp) || isIPv4(hostIp);
}
