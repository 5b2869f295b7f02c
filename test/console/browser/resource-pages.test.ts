/** A page of each kind of resource, and each form: no error, no violation of its policy, nothing that keeps somebody out. */
import { expect, it } from 'vitest'
import { lookAtPages } from './look-at-pages.ts'
import { addResources } from './resources.ts'
import { visitEachTest, type Here } from './visit-each-test.ts'

let here: Here
visitEachTest((now) => (here = now))

it('are right, wide and narrow, light and dark', { timeout: 20 * 60_000 }, async () => {
  const paths = await addResources(here.server)
  const found = await lookAtPages(
    here.visit,
    paths.map((path) => `/console${path}`),
  )
  expect(found).toEqual({})
})
