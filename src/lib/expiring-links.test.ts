import { expect, it } from 'vitest'
import { createExpiringLinks } from './expiring-links.ts'

const openAt = (clock: { now: number }) => createExpiringLinks(() => new Date(clock.now))

it('gives back what a link was made of, until its ten minutes are over', () => {
  const clock = { now: 1_000_000 }
  const links = openAt(clock)
  const path = links.create('000000000000', 'report')
  expect(links.read(path)).toEqual({ parts: ['000000000000', 'report'] })
  clock.now += 600_000
  expect(links.read(path)).toEqual({ parts: ['000000000000', 'report'] })
  clock.now += 1
  expect(links.read(path)).toEqual({ fault: 'this address was valid for ten minutes' })
})

it.each([
  (path: string) => path.replace('000000000000', '111111111111'),
  (path: string) => path.replace(/\/\d+\/(?=[^/]*$)/, '/9999999999999/'),
  (path: string) => `${path}x`,
  (path: string) => path.slice(0, path.lastIndexOf('/')),
  () => '',
  () => '/',
])('refuses what was changed or never given out', (change) => {
  const links = openAt({ now: 1_000_000 })
  expect(links.read(change(links.create('000000000000', 'report')))).toHaveProperty('fault')
})

it('refuses links of another server', () => {
  const clock = { now: 1_000_000 }
  expect(openAt(clock).read(openAt(clock).create('a'))).toHaveProperty('fault')
})
