import { describe, expect, it } from 'vitest';
import type { SandboxConfig } from '../../kubelet/runtime.ts';
import { forwardedPorts } from './sandbox-ports.ts';

function sandbox(hostIp: string, network: 'pod' | 'node' = 'pod'): SandboxConfig {
  const port = { protocol: 'TCP', containerPort: 80, hostPort: 8080, hostIp } as const;
  const portMappings = [port, { ...port, hostPort: 0, hostIp: '' }];
  return { namespaces: { network }, portMappings } as unknown as SandboxConfig;
}

describe('forwardedPorts', () => {
  it.each(['', '0.0.0.0', '::', '127.0.0.1', '192.0.2.7'])('leads from "%s"', (hostIp) => {
    expect(forwardedPorts(sandbox(hostIp)).map(({ hostPort }) => hostPort)).toEqual([8080]);
  });

  it.each([
    ['::1', '"::1"'],
    ['10.0.0.1 drop #', '"10.0.0.1 drop #"'],
    ['10.0.0.1\n}\nflush ruleset\n', '"10.0.0.1\\n}\\nflush ruleset\\n"'],
  ])('refuses %j', (hostIp, shown) => {
    const message = `hostPort 8080: hostIP ${shown} is not an IPv4 address`;
    expect(() => forwardedPorts(sandbox(hostIp))).toThrow(message);
  });

  it('has none for a pod in the network of the node, whatever it asks for', () => {
    expect(forwardedPorts(sandbox('x', 'node'))).toEqual([]);
  });
});
