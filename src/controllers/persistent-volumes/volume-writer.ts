import type { Client } from '../../client/client.ts';
import { persistentVolumeClaims, persistentVolumes } from '../../client/resources.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../generated/types.ts';
import { volumeAnnotations } from '../../objects/core/volume-facts.ts';
import { boundClaim, boundStatus, boundVolume, unboundStatus } from './bind-objects.ts';
import type { Telling } from './plan-claim.ts';
import { unbound } from './plan-volume.ts';

/**
 * All that the binder writes. Every write is based on the revision that was looked at, so of two
 * claims that reach for one volume the second meets a Conflict.
 */
export class VolumeWriter {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Binds the two, one step after the other, from wherever an earlier attempt got to. */
  async bind(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
    const wanted = boundVolume(volume, claim);
    const held = wanted === null ? volume : await this.#client.update(persistentVolumes, wanted);
    await this.setPhase(held, 'Bound');
    const next = boundClaim(claim, held);
    const written = next === null ? claim : await this.#client.update(persistentVolumeClaims, next);
    const status = boundStatus(written, held);
    if (status === null) return;
    await this.#client.update(persistentVolumeClaims, { ...written, status }, 'status');
  }

  async setPhase(volume: PersistentVolume, phase: string): Promise<void> {
    if (volume.status?.phase === phase) return;
    const status = { phase };
    await this.#client.update(persistentVolumes, { ...volume, status }, 'status');
  }

  async unbind(volume: PersistentVolume): Promise<void> {
    const free = await this.#client.update(persistentVolumes, unbound(volume));
    await this.setPhase(free, 'Available');
  }

  /** Marks a volume whose claim is gone; true when that is news. */
  async release(volume: PersistentVolume, failure: Telling | null): Promise<boolean> {
    const wanted = failure === null ? 'Released' : 'Failed';
    const { phase } = volume.status ?? {};
    if (phase === wanted || phase === 'Failed') return false;
    const status = failure === null ? { phase: wanted } : { phase: wanted, ...textOf(failure) };
    await this.#client.update(persistentVolumes, { ...volume, status }, 'status');
    return true;
  }

  /** Marks a claim that has no volume; true when that is news. */
  async setUnbound(claim: PersistentVolumeClaim, phase: 'Pending' | 'Lost'): Promise<boolean> {
    const status = unboundStatus(claim, phase);
    if (status === null) return false;
    await this.#client.update(persistentVolumeClaims, { ...claim, status }, 'status');
    return true;
  }

  /** Asks a provisioner for the claim's volume. */
  async setProvisioner(claim: PersistentVolumeClaim, provisioner: string): Promise<void> {
    const { provisioner: key, oldProvisioner } = volumeAnnotations;
    if (claim.metadata.annotations?.[key] === provisioner) return;
    const wanted = { [key]: provisioner, [oldProvisioner]: provisioner };
    const annotations = { ...claim.metadata.annotations, ...wanted };
    const metadata = { ...claim.metadata, annotations };
    await this.#client.update(persistentVolumeClaims, { ...claim, metadata });
  }
}

function textOf({ reason, message }: Telling): { reason: string; message: string } {
  return { reason, message };
}
