import type { Filter } from './filter.ts';

const REASON = "node(s) didn't have free ports for the requested pod ports";

/** Ports of the node that the pod wants must be free. */
export const ports: Filter = {
  name: 'NodePorts',
  changes: ['node-added', 'pod-gone'],
  check({ hostPorts }, state) {
    if (!hostPorts.some((port) => state.ports.conflicts(port))) return null;
    return { reasons: [REASON], final: false };
  },
};
