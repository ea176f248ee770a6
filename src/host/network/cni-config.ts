/** What a bridge network of pods needs. */
export interface PodNetwork {
  readonly bridge: string;
  /** This node's range of pod addresses, as 10.42.0.0/24. */
  readonly podCidr: string;
  readonly mtu: number;
  /** Where host-local keeps which address is whose. */
  readonly ipamFolder: string;
}

/**
 * The CNI network of a node's pods. Masquerading and host ports are not in it: the plugins would
 * run iptables a dozen times for each pod, where one nftables rule serves all of them.
 */
export function cniConfig(network: PodNetwork): string {
  const list = {
    cniVersion: '1.0.0',
    name: network.bridge,
    plugins: [
      {
        type: 'bridge',
        bridge: network.bridge,
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        mtu: network.mtu,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: network.podCidr }]],
          routes: [{ dst: '0.0.0.0/0' }],
          dataDir: network.ipamFolder,
        },
      },
    ],
  };
  return `${JSON.stringify(list, null, 2)}\n`;
}
