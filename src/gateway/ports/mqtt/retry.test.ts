import { expect, it } from 'vitest'
import { defaultLimits as limits } from '../limits.ts'
import { profiles } from '../profile.ts'
import { retryOf } from './retry.ts'

it.each([
  ['aws', 4, { afterMs: 30_000, forMs: 3_600_000 }],
  ['aws', 5, { afterMs: 30_000, forMs: 960_000 }],
  ['standard', 4, undefined],
  ['standard', 5, undefined],
] as const)('in the profile %s and MQTT level %i, QoS 1 is sent again: %o', (name, version, retry) => {
  expect(retryOf(version, { profile: profiles[name], limits })).toEqual(retry)
})
