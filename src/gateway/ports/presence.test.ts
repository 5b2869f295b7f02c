import { expect, it } from 'vitest'
import { presenceKey, Presences } from './presence.ts'

const ended = { versionNumber: 0, at: 0, reason: 'CONNECTION_LOST', thingName: undefined } as const
const keyOf = (clientId: string) => presenceKey('123456789012', clientId)

it('forgets the connection that ended first when there are too many', () => {
  const presences = new Presences(2)
  for (const clientId of ['a', 'b', 'c']) presences.end(keyOf(clientId), ended)
  const found = ['a', 'b', 'c'].map((clientId) => presences.findEnded(keyOf(clientId)))
  expect(found).toEqual([undefined, ended, ended])
})

it('does not remember client ids that are longer than any of AWS', () => {
  const presences = new Presences()
  for (const length of [128, 60_000]) presences.end(keyOf('x'.repeat(length)), ended)
  expect(presences.findEnded(keyOf('x'.repeat(128)))).toEqual(ended)
  expect(presences.findEnded(keyOf('x'.repeat(60_000)))).toBeUndefined()
})
