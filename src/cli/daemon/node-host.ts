import type { VolumeFolders } from '../../controllers/local-path/volume-folders.ts';
import type { NodeEdges } from '../../kubelet/edges.ts';
import type { Runtime } from '../../kubelet/runtime.ts';

/** What a node runs on: this machine's containerd, or the simulation. */
export interface NodeHost {
  readonly runtime: Runtime;
  readonly edges: NodeEdges;
  readonly volumeFolders: VolumeFolders;
  /** Brings up what runs containers, or adopts what lives of it. */
  start(): Promise<void>;
  /** Ends the pods and what runs them. Their data stay. */
  stop(): Promise<void>;
  /** Ends what runs the pods; they go on, and the next start adopts them. Also before `start`. */
  leave(): Promise<void>;
  /** Its processes besides the daemon, by name. */
  pids(): Readonly<Record<string, number>>;
}
