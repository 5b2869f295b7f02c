import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadLimits } from './server-limits.ts'

const directory = mkdtempSync(join(tmpdir(), 'muster-limits-'))

function fileWith(text: string): string {
  const file = join(directory, 'limits.json')
  writeFileSync(file, text)
  return file
}

describe('the limits file', () => {
  it('may be absent', () =>
    expect(loadLimits(undefined)).toEqual({ gateway: {}, sessions: {}, admission: {}, claims: {} }))

  it('sets limits of the gateway, of sessions, of admission, and of claims', () => {
    const text =
      '{ "maxPublishesPerSecond": 0, "maxSessionExpirySeconds": 604800, "firstConnectionHoldMs": 60000, "maxKeysByClaimPerSecond": 0 }'
    expect(loadLimits(fileWith(text))).toEqual({
      gateway: { maxPublishesPerSecond: 0 },
      sessions: { maxSessionExpirySeconds: 604_800 },
      admission: { firstConnectionHoldMs: 60_000 },
      claims: { maxKeysByClaimPerSecond: 0 },
    })
  })

  it.each([
    ['{ "maxPublishes": 1 }', 'maxPublishes'],
    ['{ "maxPublishesPerSecond": -1 }', 'maxPublishesPerSecond'],
    ['{ "maxPublishesPerSecond": "100" }', 'maxPublishesPerSecond'],
    ['{ "maxPublishesPerSecond": null }', 'maxPublishesPerSecond'],
    ['{ "maxSessionExpirySeconds": 604801 }', 'maxSessionExpirySeconds'],
    ['{ "maxStoredMessages": 60001 }', 'maxStoredMessages'],
    ['{ "maxUnacknowledged": 70000 }', 'maxUnacknowledged'],
    ['{ "sweepIntervalMs": 0 }', 'sweepIntervalMs'],
    ['{ "firstConnectionHoldMs": 0 }', 'firstConnectionHoldMs'],
    ['{ "firstConnectionHoldMs": 300001 }', 'firstConnectionHoldMs'],
    ['{ "renewalOverlapSeconds": 2678401 }', 'renewalOverlapSeconds'],
    ['{ "__proto__": 1 }', '__proto__'],
    ['[1]', 'expected object'],
    ['{ "maxPublishesPerSecond": 1', 'cannot be read as JSON'],
    ['', 'cannot be read as JSON'],
  ])('is refused: %s', (text, said) => {
    expect(() => loadLimits(fileWith(text))).toThrow(said)
  })

  it('is refused when it is not there, with its name', () => {
    expect(() => loadLimits(join(directory, 'none.json'))).toThrow('none.json')
  })
})
