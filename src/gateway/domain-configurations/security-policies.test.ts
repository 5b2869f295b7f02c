import { createSecureContext, getCiphers } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { defaultSecurityPolicy, securityPolicy, securityPolicyNames } from './security-policies.ts'

it('knows the policies of AWS', () => {
  expect(securityPolicyNames).toEqual([
    'IoTSecurityPolicy_TLS13_1_3_2022_10',
    'IoTSecurityPolicy_TLS13_1_2_2022_10',
    'IoTSecurityPolicy_TLS12_1_2_2022_10',
    'IoTSecurityPolicy_TLS12_1_0_2016_01',
    'IoTSecurityPolicy_TLS12_1_0_2015_01',
  ])
})

it('takes TLS 1.2 and 1.3 by default, and so when a name is unknown', () => {
  expect(securityPolicy(defaultSecurityPolicy)).toMatchObject({
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
  })
  expect(securityPolicy('other')).toBe(securityPolicy(defaultSecurityPolicy))
})

describe.each(securityPolicyNames)('%s', (name) => {
  const { ciphers, maxVersion, minVersion } = securityPolicy(name)

  it('names suites that the TLS library has', () => {
    const known = getCiphers()
    expect(ciphers.filter((cipher) => !known.includes(cipher.toLowerCase()))).toEqual([])
    expect(new Set(ciphers).size).toBe(ciphers.length)
    createSecureContext({ ciphers: ciphers.join(':'), minVersion, maxVersion })
  })

  it('has suites of the versions that it takes, and of no other', () => {
    const hasTls13 = ciphers.some((cipher) => cipher.startsWith('TLS_'))
    const hasTls12 = ciphers.some((cipher) => !cipher.startsWith('TLS_'))
    expect([hasTls12, hasTls13]).toEqual([minVersion === 'TLSv1.2', maxVersion === 'TLSv1.3'])
  })

  it.each([/RC4|DES|MD5|NULL|EXP|CAMELLIA|ARIA|PSK|SRP|ADH|AECDH/])('has no suite that is %s', (weak) => {
    expect(ciphers.filter((cipher) => weak.test(cipher))).toEqual([])
  })
})
