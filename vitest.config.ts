import { defineConfig } from 'vitest/config';

/** No test measures time; this only ends one that hangs, on however busy a machine. */
const TIMEOUT_MS = 60_000;

// Three layers, cheapest first: unit tests stand beside the source, sim runs the whole cluster on
// a virtual clock, process starts a real one and drives it with kubectl and containerd.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'bench/**/*.test.ts',
            'test/images/**/*.test.ts',
          ],
          testTimeout: TIMEOUT_MS,
          hookTimeout: TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'sim',
          include: ['test/sim/**/*.test.ts'],
          testTimeout: TIMEOUT_MS,
          hookTimeout: TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'process',
          include: ['test/process/**/*.test.ts', 'test/labs/**/*.test.ts'],
          globalSetup: ['test/harness/global-setup.ts'],
          // After the others: real containers need the machine to themselves.
          sequence: { groupOrder: 1 },
          fileParallelism: false,
          // Labs spend their minutes waiting, as the documents' numbers have it: all at once.
          maxConcurrency: 30,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
