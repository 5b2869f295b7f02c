import { createPrivateKey, createPublicKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { KeysAhead } from './keys-ahead.ts'

describe('keys made ahead', () => {
  it('makes none before the first is asked for', () => {
    expect(new KeysAhead().ready).toBe(0)
  })

  it('makes a bounded number ahead, and again once half are gone', async () => {
    await using keys = new KeysAhead()
    await keys.take()
    await expect.poll(() => keys.ready).toBe(16)
    await Promise.all(Array.from({ length: 12 }, () => keys.take()))
    await expect.poll(() => keys.ready).toBeGreaterThan(8)
    expect(keys.ready).toBeLessThanOrEqual(16)
  })

  it('gives each key once, ready or not, and each is a pair of 2048 bits', async () => {
    await using keys = new KeysAhead()
    const first = await Promise.all(Array.from({ length: 8 }, () => keys.take()))
    await expect.poll(() => keys.ready).toBeGreaterThan(8) // some of those made ahead may have been among the first
    const taken = [...first, ...(await Promise.all(Array.from({ length: 20 }, () => keys.take())))]
    expect(new Set(taken.map(({ privateKeyPem }) => privateKeyPem)).size).toBe(28)
    for (const { privateKeyPem, publicKeyPem } of taken) {
      const privateKey = createPrivateKey(privateKeyPem)
      expect(createPublicKey(privateKeyPem).equals(createPublicKey(publicKeyPem))).toBe(true)
      expect(privateKey.asymmetricKeyDetails?.modulusLength).toBe(2048)
      expect(privateKeyPem).toMatch(/^-----BEGIN RSA PRIVATE KEY-----/)
    }
  })
})
