import {
  type PortMapping,
  RuntimeError,
  type Sandbox,
  type SandboxConfig,
} from '../../kubelet/runtime.ts';
import { isServedAddress } from '../network/host-address.ts';

/** On a sandbox: the ports of the node that lead into it, which CRI is not told of. */
const PORTS_ANNOTATION = 'proa.dev/host-ports';

/**
 * Ports of the node to be led into a sandbox: none for one that has the node's own network.
 *
 * @throws RuntimeError when one is asked for at what is no IPv4 address
 */
export function forwardedPorts({ namespaces, portMappings }: SandboxConfig): PortMapping[] {
  if (namespaces.network !== 'pod') return [];
  const ports = portMappings.filter(({ hostPort }) => hostPort > 0);
  for (const { hostIp, hostPort } of ports) {
    if (isServedAddress(hostIp)) continue;
    const text = `hostPort ${hostPort}: hostIP ${JSON.stringify(hostIp)} is not an IPv4 address`;
    throw new RuntimeError('invalid', text);
  }
  return ports;
}

/** The sandbox with its ports noted on it: whoever finds it made can open them. */
export function withPorts(config: SandboxConfig): SandboxConfig {
  const ports = forwardedPorts(config);
  if (ports.length === 0) return { ...config, portMappings: [] };
  const annotations = { ...config.annotations, [PORTS_ANNOTATION]: JSON.stringify(ports) };
  return { ...config, annotations, portMappings: [] };
}

/** The ports noted on a sandbox. */
export function notedPorts({ annotations }: Sandbox): PortMapping[] {
  return JSON.parse(annotations[PORTS_ANNOTATION] ?? '[]') as PortMapping[];
}
