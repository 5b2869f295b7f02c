import { describe, expect, it } from 'vitest'
import { ConnectRates } from './connect-rates.ts'

const limits = { maxConnectsPerSecond: 5, maxConnectsPerSecondOfClientId: 1 }

describe('ConnectRates', () => {
  it('names the client id that connects too often, and no other', () => {
    const rates = new ConnectRates(limits)
    for (let i = 0; i < 10; i++) expect(rates.findExcess('a', 'lamp', 0)).toBeUndefined()
    expect(rates.findExcess('a', 'lamp', 0)).toContain('the client id connects more than 1')
    expect(rates.findExcess('a', 'fan', 0)).toBeUndefined()
  })

  it('lets it in again a second later', () => {
    const rates = new ConnectRates(limits)
    for (let i = 0; i < 11; i++) rates.findExcess('a', 'lamp', 0)
    expect(rates.findExcess('a', 'lamp', 999)).toContain('client id')
    expect(rates.findExcess('a', 'lamp', 1000)).toBeUndefined()
  })

  it('refuses what an account has not left, by whichever client id', () => {
    const rates = new ConnectRates(limits)
    for (let i = 0; i < 50; i++) expect(rates.findExcess('a', `lamp-${i}`, 0)).toBeUndefined()
    expect(rates.findExcess('a', 'one-more', 0)).toContain('the account connects more than 5')
    expect(rates.findExcess('a', '', 0)).toContain('the account')
  })

  it('refuses nobody where a limit is 0', () => {
    const rates = new ConnectRates({ maxConnectsPerSecond: 0, maxConnectsPerSecondOfClientId: 0 })
    for (let i = 0; i < 1000; i++) expect(rates.findExcess('a', 'lamp', 0)).toBeUndefined()
  })

  it('keeps accounts apart', () => {
    const rates = new ConnectRates(limits)
    for (let i = 0; i < 60; i++) rates.findExcess('a', 'lamp', 0)
    expect(rates.findExcess('b', 'lamp', 0)).toBeUndefined()
  })

  it('does not count what it refuses for its client id against the account', () => {
    const rates = new ConnectRates(limits)
    for (let i = 0; i < 100; i++) rates.findExcess('a', 'lamp', 0)
    expect(rates.findExcess('a', 'fan', 0)).toBeUndefined()
  })

  it('still refuses after it has let go of quiet client ids', () => {
    const rates = new ConnectRates(limits)
    for (let i = 0; i < 10; i++) rates.findExcess('a', 'lamp', 0)
    rates.forget(500)
    expect(rates.findExcess('a', 'lamp', 500)).toContain('client id')
  })
})
