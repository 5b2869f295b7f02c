import { afterEach, beforeEach, expect, it } from 'vitest'
import { accountId, openFleet, registerCa, type Fleet } from '../../../test/helpers/fleet.ts'
import { listCaEnds } from '../certificates/index.ts'
import { openCaEnds } from './ca-ends.ts'

let fleet: Fleet
beforeEach(async () => {
  fleet = await openFleet()
})
afterEach(() => fleet[Symbol.asyncDispose]())

const register = async () => (await registerCa(fleet)).caId
const pass = (ms: number) => void (fleet.clock.now = new Date(fleet.clock.now.getTime() + ms))

it('tells when each registered CA ends, by account, and looks again after a minute', async () => {
  const ends = openCaEnds(fleet)
  expect(await ends.first()).toEqual([])
  const caId = await register()
  expect(await ends.first()).toEqual([])
  pass(60_000)
  expect(await ends.first()).toMatchObject([
    { accountId, certificateId: caId, notAfter: expect.any(Date) as Date },
  ])
})

it('does not tell of a CA that lets nobody in', async () => {
  const caId = await register()
  await fleet.cas.UpdateCACertificate({ certificateId: caId, newStatus: 'INACTIVE' }, fleet.context)
  expect(await openCaEnds(fleet).first()).toEqual([])
})

it('looks again at once after it could not look', async () => {
  let isBroken = true
  const store = {
    get read() {
      if (isBroken) throw new Error('no database')
      return fleet.store.read
    },
  }
  const ends = openCaEnds({ ...fleet, store })
  await expect(ends.first()).rejects.toThrow('no database')
  isBroken = false
  expect(await ends.first()).toEqual([])
})

it('goes through them a page at a time', async () => {
  const ids = new Set([await register(), await register(), await register()])
  const found: string[] = []
  let next: Awaited<ReturnType<typeof listCaEnds>>['next']
  do {
    const page = await listCaEnds(fleet.store.read, next, 2)
    found.push(...page.ends.map(({ certificateId }) => certificateId))
    next = page.next
  } while (next)
  expect(found).toEqual([...ids].toSorted())
})
