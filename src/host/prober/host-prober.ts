import { setMaxListeners } from 'node:events';
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
  // One signal may stop hundreds of probes at once; Node takes more than ten for a leak.
  const shared = (signal: AbortSignal) => {
    setMaxListeners(0, signal);
    return signal;
  };
  return {
    http: (probe, timeoutMs, signal) => httpProbe(probe, userAgent, timeoutMs, shared(signal)),
    tcp: (host, port, timeoutMs, signal) => tcpProbe(host, port, timeoutMs, shared(signal)),
    grpc: (host, port, service, timeoutMs, signal) =>
      grpcProbe({ host, port, service }, userAgent, timeoutMs, shared(signal)),
  };
}
