/** The folders of a node that are PersistentVolumes: what the provisioner needs of the machine. */
export interface VolumeFolders {
  /** Makes a folder that any user may write to and answers its absolute path. Safe to repeat. */
  make(name: string): Promise<string>;
  /**
   * Removes a folder that `make` answered, with all that is in it. Safe to repeat.
   *
   * @throws where the path is none of these folders, or something of it stays
   */
  remove(path: string): Promise<void>;
  /** Removes the folders that hold nothing and are not in use: what a crash may have left. */
  removeUnused(isUsed: (path: string) => boolean): Promise<void>;
}
