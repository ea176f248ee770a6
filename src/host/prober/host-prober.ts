import type { Prober } from '../../kubelet/edges.ts';
import { grpcProbe } from './grpc-probe.ts';
import { httpProbe } from './http-probe.ts';
import { tcpProbe } from './tcp-probe.ts';

/**
 * Probes over this machine's network.
 *
 * @param version Kubernetes' major and minor version, `1.34`: servers see it as the client's
 */
export function hostProber(version: string): Prober {
  const userAgent = `kube-probe/${version}`;
  return {
    http: (probe, timeoutMs, signal) => httpProbe(probe, userAgent, timeoutMs, signal),
    tcp: tcpProbe,
    grpc: (host, port, service, timeoutMs, signal) =>
      grpcProbe({ host, port, service }, userAgent, timeoutMs, signal),
  };
}
