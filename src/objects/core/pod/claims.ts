import type { Pod } from '../../../generated/types.ts';

/** A volume of a pod that stands for a PersistentVolumeClaim. */
export interface ClaimUse {
  readonly volume: string;
  /** The claim's name, in the pod's namespace. */
  readonly claim: string;
  /** The claim is made for this pod alone. */
  readonly isEphemeral: boolean;
  readonly readOnly: boolean;
}

const NONE: readonly ClaimUse[] = [];

/** The claims that a pod uses. Most pods use none, and then nothing is made. */
export function claimsOf({ metadata, spec }: Pod): readonly ClaimUse[] {
  let uses: ClaimUse[] | undefined;
  for (const { name: volume, persistentVolumeClaim, ephemeral } of spec.volumes ?? []) {
    if (persistentVolumeClaim === undefined && ephemeral === undefined) continue;
    uses ??= [];
    if (persistentVolumeClaim !== undefined) {
      const { claimName: claim, readOnly = false } = persistentVolumeClaim;
      uses.push({ volume, claim, isEphemeral: false, readOnly });
    } else {
      const claim = `${metadata.name}-${volume}`;
      uses.push({ volume, claim, isEphemeral: true, readOnly: false });
    }
  }
  return uses ?? NONE;
}

/** Whether a claim was made for this pod; one that merely has the name of one must not be used. */
export function isMadeFor(
  claim: { readonly metadata: { readonly ownerReferences?: readonly Owner[] } },
  pod: Pod,
): boolean {
  const owners = claim.metadata.ownerReferences ?? [];
  return owners.some(({ controller, uid }) => controller === true && uid === pod.metadata.uid);
}

interface Owner {
  readonly controller?: boolean;
  readonly uid: string;
}
