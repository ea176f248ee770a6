import { deploymentKind } from './apps/deployment.ts';
import { replicaSetKind } from './apps/replica-set.ts';
import { selfSubjectReviewKind } from './authentication/self-subject-review.ts';
import { tokenReviewKind } from './authentication/token-review.ts';
import { leaseKind } from './coordination/lease.ts';
import { configMapKind } from './core/config-map.ts';
import { endpointsKind } from './core/endpoints.ts';
import { namespaceKind } from './core/namespace.ts';
import { nodeKind } from './core/node.ts';
import { persistentVolumeKind } from './core/persistent-volume.ts';
import { persistentVolumeClaimKind } from './core/persistent-volume-claim.ts';
import { podKind } from './core/pod/pod.ts';
import { secretKind } from './core/secret.ts';
import { serviceKind } from './core/service.ts';
import { serviceAccountKind } from './core/service-account.ts';
import { endpointSliceKind } from './discovery/endpoint-slice.ts';
import { eventKind } from './events/event.ts';
import { eventsV1Kind } from './events/events-v1.ts';
import type { Kind } from './kind.ts';
import { nodeMetricsKind } from './metrics/node-metrics.ts';
import { podMetricsKind } from './metrics/pod-metrics.ts';
import { storageClassKind } from './storage/storage-class.ts';

/** The table of built-in kinds, in the order that discovery lists them. */
export const kinds: readonly Kind[] = [
  configMapKind,
  endpointsKind,
  eventKind,
  namespaceKind,
  nodeKind,
  persistentVolumeClaimKind,
  persistentVolumeKind,
  podKind,
  secretKind,
  serviceAccountKind,
  serviceKind,
  deploymentKind,
  replicaSetKind,
  selfSubjectReviewKind,
  tokenReviewKind,
  leaseKind,
  endpointSliceKind,
  eventsV1Kind,
  storageClassKind,
  nodeMetricsKind,
  podMetricsKind,
];
