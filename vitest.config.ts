import { defineConfig } from 'vitest/config'
import { patienceMs } from './test/helpers/patience.ts'

/** Facts are waited for, and a busy machine takes its time. */
const patient = {
  testTimeout: 2 * patienceMs,
  hookTimeout: patienceMs,
  expect: { poll: { timeout: patienceMs, interval: 20 } },
}

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'test/{architecture,documentation}.test.ts',
            'test/plans/*.test.ts',
            'test/console/*.test.ts',
          ],
          setupFiles: ['test/plans/watch.ts'],
          globalSetup: ['test/plans/whole.ts'],
          ...patient,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{architecture,documentation}.test.ts', 'test/plans/*.test.ts', 'test/console/**'],
          setupFiles: ['test/plans/watch.ts'],
          ...patient,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'console',
          include: ['test/console/browser/**/*.test.ts'],
          ...patient,
          maxWorkers: 1,
        },
      },
    ],
  },
})
