import { describe, expect, it } from 'vitest';
import { nextRevision, revisionAnnotations } from './revisions.ts';
import { testDeployment, testSet } from './testing/test-deployment.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const HISTORY = 'deployment.kubernetes.io/revision-history';

describe('revisionAnnotations', () => {
  const deployment = testDeployment();
  it.each([
    ['a first one', {}, 1, { [REVISION]: '1' }],
    ['one that is up to date', { [REVISION]: '3' }, 3, { [REVISION]: '3' }],
    ['never smaller', { [REVISION]: '5' }, 3, { [REVISION]: '5' }],
    ['rolled back to', { [REVISION]: '1' }, 3, { [REVISION]: '3', [HISTORY]: '1' }],
    [
      'rolled back to again',
      { [REVISION]: '3', [HISTORY]: '1' },
      5,
      { [REVISION]: '5', [HISTORY]: '1,3' },
    ],
    ['not a number', { [REVISION]: 'x' }, 3, { [REVISION]: 'x' }],
  ])('%s', (_, present, revision, expected) => {
    expect(revisionAnnotations(deployment, present, revision)).toEqual(expected);
  });

  it('remembers so many, and forgets the oldest', () => {
    const history = Array.from({ length: 500 }, (_, index) => String(1_000 + index)).join(',');
    const present = { [REVISION]: '2000', [HISTORY]: history };
    const remembered = revisionAnnotations(deployment, present, 2001)[HISTORY] ?? '';
    expect(remembered.length).toBeLessThanOrEqual(2_000);
    expect(remembered).toMatch(/^1101,.*,1499,2000$/);
  });

  it('takes over the annotations of its Deployment, but not what is their own', () => {
    const annotations = {
      note: 'new',
      'kubernetes.io/change-cause': 'why',
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      [REVISION]: '7',
    };
    const annotated = { ...deployment, metadata: { ...deployment.metadata, annotations } };
    expect(revisionAnnotations(annotated, { note: 'old', kept: 'yes' }, 1)).toEqual({
      note: 'new',
      kept: 'yes',
      'kubernetes.io/change-cause': 'why',
      [REVISION]: '1',
    });
  });
});

it('nextRevision: one more than the greatest; those without a number count nothing', () => {
  expect(nextRevision([])).toBe(1);
  const sets = [testSet('a', 0, 0, { revision: 4 }), testSet('b', 0, 0, { revision: 'x' })];
  expect(nextRevision(sets)).toBe(5);
});
