import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { patienceMs } from './test/helpers/patience.ts'

/** Facts are waited for, and a busy machine takes its time. */
const patient = {
  testTimeout: 2 * patienceMs,
  hookTimeout: patienceMs,
  expect: { poll: { timeout: patienceMs, interval: 20 } },
}

/** More than processors: tests wait for processes and disks. Projects that have as many run side by side. */
const maxWorkers = availableParallelism() + 2

/** What one process has read serves all files of tests that it runs, one after the other. */
const shared = { ...patient, maxWorkers, isolate: false }

/** `MUSTER_TEST_STORE=postgres`: the same tests, each store a database of PostgreSQL. Plans are judged on SQLite. */
const isOnPostgres = process.env['MUSTER_TEST_STORE'] === 'postgres'
const setupFiles = isOnPostgres ? [] : ['test/plans/watch.ts']
const postgres = isOnPostgres ? ['test/helpers/postgres/global-setup.ts'] : []
const onSqlite = isOnPostgres ? ['test/plans/**', 'src/store/*.test.ts', 'src/store/migrations/**'] : []

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
          exclude: onSqlite,
          setupFiles,
          globalSetup: [
            'test/helpers/first-start.ts',
            ...(isOnPostgres ? [] : ['test/plans/whole.ts']),
            ...postgres,
          ],
          ...shared,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/{architecture,documentation}.test.ts',
            'test/plans/*.test.ts',
            'test/{console,package}/**',
          ],
          setupFiles,
          globalSetup: [
            'test/helpers/staged-program.ts',
            'test/helpers/first-start.ts',
            'test/helpers/aws-command.ts',
            ...postgres,
          ],
          ...shared,
        },
      },
      {
        test: {
          name: 'package',
          include: ['test/package/*.test.ts'],
          ...patient,
          testTimeout: 4 * patienceMs,
          hookTimeout: 4 * patienceMs,
          maxWorkers: 1,
        },
      },
      {
        test: {
          name: 'console',
          include: ['test/console/browser/**/*.test.ts'],
          globalSetup: ['test/helpers/first-start.ts'],
          ...patient,
          maxWorkers: 3, // a page is waited for half of the time
        },
      },
    ],
  },
})
