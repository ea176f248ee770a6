import type { TokenReview } from '../../generated/types.ts';
import { defineKind } from '../kind.ts';

/** Token reviews: whose token is this? */
export const tokenReviewKind = defineKind<TokenReview>({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenReview',
  plural: 'tokenreviews',
  singular: 'tokenreview',
  shortNames: [],
  categories: [],
  namespaced: false,
  schema: 'io.k8s.api.authentication.v1.TokenReview',
  isQuestion: true,
  validateName: () => [],
  update: {},
  subresources: {},
  columns: [],
  cells: () => [],
});
