/**
 * The first address of an IPv4 range, which its bridge gets, and the prefix length.
 *
 * @throws Error when `cidr` is not such a range
 */
export function cidrGateway(cidr: string): { gateway: string; prefix: number } {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
  const [a, b, c, d, prefix] = (match ?? []).slice(1).map(Number);
  const wrong = [a, b, c, d].some((part) => part === undefined || part > 255);
  if (wrong || prefix === undefined || prefix < 8 || prefix > 30) {
    throw new Error(`pod range "${cidr}" must be an IPv4 range of /8 to /30, as 10.42.0.0/24`);
  }
  const address = ((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0;
  const network = (address & (~0 << (32 - prefix))) >>> 0;
  const first = network + 1;
  const gateway = [first >>> 24, (first >>> 16) & 255, (first >>> 8) & 255, first & 255].join('.');
  return { gateway, prefix };
}
