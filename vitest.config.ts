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

/** `MUSTER_TEST_STORE=postgres`: the same tests, each store a database of PostgreSQL. */
const isOnPostgres = process.env['MUSTER_TEST_STORE'] === 'postgres'
const setupFiles = isOnPostgres ? [] : ['test/plans/watch.ts']
const postgres = isOnPostgres ? ['test/helpers/postgres/global-setup.ts'] : []

/** What judges SQLite itself, and why it does. */
const ofSqlite: Record<string, string> = {
  'test/plans/**': 'how SQLite carries out each query',
  'src/store/*.test.ts':
    'its files and its durability; what both engines must do is tried on both in any run',
  'src/store/migrations/**':
    'what steps made of rows that were there, of times when there was no other engine',
  'test/backup/**': 'backups and copies of its file; PostgreSQL has its own',
  'test/upgrades/**': 'data directories of earlier versions, which hold its file',
  'test/observability/board.test.ts': 'a board that shows those backups and copies among others',
}
const onSqlite = isOnPostgres ? Object.keys(ofSqlite) : []

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
            ...onSqlite,
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
          ...shared,
          maxWorkers: 3, // a page is waited for half of the time
        },
      },
    ],
  },
})
