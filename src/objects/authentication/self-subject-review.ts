import type { SelfSubjectReview } from '../../generated/types.ts';
import { defineKind } from '../kind.ts';

/** Reviews of oneself: who am I to the API? `kubectl auth whoami` asks that. */
export const selfSubjectReviewKind = defineKind<SelfSubjectReview>({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  singular: 'selfsubjectreview',
  shortNames: [],
  categories: [],
  namespaced: false,
  schema: 'io.k8s.api.authentication.v1.SelfSubjectReview',
  isQuestion: true,
  validateName: () => [],
  update: {},
  subresources: {},
  columns: [],
  cells: () => [],
});
