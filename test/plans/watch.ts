/**
 * Set up before each test file: every query that a store prepares is planned on the spot, and fails the test that made
 * it when its cost would grow with the rows that others add.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, inject } from 'vitest'
import { takeFaults, watchPlans } from './planning.ts'
import { sitesReached } from './sites.ts'

watchPlans()

afterEach(() => {
  const found = takeFaults()
  if (found.length > 0) throw new Error(`queries that go through what grows:\n${found.join('\n')}`)
})

afterAll(() => {
  const directory = inject('queriesDirectory')
  if (directory === undefined) return
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, `${crypto.randomUUID()}.json`), JSON.stringify([...sitesReached]))
})
