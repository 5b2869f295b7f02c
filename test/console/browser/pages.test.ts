/** Every page of the navigation: no error, no violation of its policy, nothing that keeps somebody out. */
import { expect, it } from 'vitest'
import { lookAtPages } from './look-at-pages.ts'
import { heading } from './person.ts'
import { visitEachTest, type Here } from './visit-each-test.ts'

let here: Here
visitEachTest((now) => (here = now))

const links = () => here.page.getByRole('navigation', { name: 'Navigation' }).getByRole('link')

it('are right, wide and narrow, light and dark', { timeout: 20 * 60_000 }, async () => {
  await links().first().waitFor()
  const paths = await links().evaluateAll((all) => all.map((link) => (link as never)['pathname'] as string))
  expect(paths.length).toBeGreaterThan(15)
  expect(await lookAtPages(here.visit, paths)).toEqual({})
})

it('are marked in the navigation, and so is the list of what a page is about', async () => {
  const { page, visit } = here
  const current = () =>
    links().evaluateAll((all) =>
      all
        .filter((link) => (link as never)['ariaCurrent'] === 'page')
        .map((link) => (link as never)['pathname'] as string),
    )
  await heading(page, 'Live').waitFor()
  expect(await current()).toEqual(['/console/'])
  for (const [path, marked] of [
    ['/things', '/console/things'],
    ['/create/thing', '/console/things'],
    ['/cas/register', '/console/cas/register'],
    [`/cas/${'a'.repeat(64)}`, '/console/cas'],
  ] as const) {
    await visit.open(path)
    await expect.poll(current).toEqual([marked])
  }
})
