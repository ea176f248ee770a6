import type { Machine } from '../kubelet/edges.ts';

/** A machine that exists in name only: 4 cores, 8 GiB. */
export function simMachine(changes: Partial<Machine> = {}): Machine {
  return {
    cpus: 4,
    memoryBytes: 8 * 2 ** 30,
    ephemeralStorageBytes: 100 * 2 ** 30,
    hostname: 'sim',
    internalIp: '192.0.2.1',
    machineId: '00000000000000000000000000000001',
    systemUuid: '00000000-0000-0000-0000-000000000001',
    bootId: '00000000-0000-0000-0000-000000000002',
    kernelVersion: '6.1.0-sim',
    osImage: 'Simulation',
    operatingSystem: 'linux',
    architecture: 'amd64',
    modules: { appArmor: false, seLinux: false },
    ...changes,
  };
}
