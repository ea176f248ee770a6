import { afterEach, beforeEach, describe } from 'vitest';
import type { Store } from './store.ts';
import { closeCases, compactionCases } from './suite/lifetime-cases.ts';
import { modelCase } from './suite/model-case.ts';
import { rangeCases } from './suite/range-cases.ts';
import type { SuiteSubject, SuiteValue } from './suite/subject.ts';
import { transactionCases } from './suite/transaction-cases.ts';
import { watchCases } from './suite/watch-cases.ts';

/**
 * The contract of {@link Store}, line by line. Every implementation runs it. Nothing in it expects
 * a certain first revision, so that a store may be older than the test.
 *
 * @param modelRuns how many random sequences are compared with the model
 */
export function storeSuite(name: string, make: () => Promise<SuiteSubject>, modelRuns = 200): void {
  describe(name, () => {
    let subject: SuiteSubject;
    let store: Store<SuiteValue>;
    beforeEach(async () => {
      subject = await make();
      store = subject.store;
    });
    afterEach(() => subject.dispose());

    transactionCases(() => store);
    rangeCases(() => store);
    watchCases(() => store);
    compactionCases(() => store);
    closeCases(() => store);
  });

  describe(name, () => modelCase(make, modelRuns));
}
