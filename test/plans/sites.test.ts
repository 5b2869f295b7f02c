import { globSync, readFileSync } from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import { listTags } from '../../src/registry/tags/index.ts'
import { openTestStore } from '../helpers/store.ts'
import { listSites, setSitesAside, sitesReached } from './sites.ts'

it('sub-queries begin at the database, where they are seen', () => {
  const unseen = globSync('src/**/*.ts').filter((file) =>
    /\beb\s*\.selectFrom\(/.test(readFileSync(file, 'utf8')),
  )
  expect(unseen).toEqual([])
})

const ofTags = (site: string) => site.startsWith('src/registry/tags/store.ts:')

it('a line of a query is known to be reached once the query is made, and others of its file are not', async () => {
  onTestFinished(setSitesAside())
  const lines = listSites().filter(ofTags)
  await using store = await openTestStore()
  await listTags(store.read, '111122223333', 'arn:aws:iot:us-east-1:111122223333:thinggroup/house')
  const reached = [...sitesReached].filter(ofTags)
  expect(reached.length).toBeGreaterThan(0)
  expect(reached.length).toBeLessThan(lines.length)
  expect(lines).toEqual(expect.arrayContaining(reached))
})
