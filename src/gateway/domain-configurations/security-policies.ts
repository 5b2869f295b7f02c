/**
 * The TLS security policies of AWS IoT Core: protocol versions and cipher suites.
 * Source: AWS IoT Developer Guide, "Transport security in AWS IoT Core", table of security policies. AWS's two oldest
 * policies differ between port 443 and the others in one suite; here they are the same on every port.
 */
interface SecurityPolicy {
  minVersion: 'TLSv1.2' | 'TLSv1.3'
  maxVersion: 'TLSv1.2' | 'TLSv1.3'
  /** As OpenSSL names them, the preferred first. */
  ciphers: readonly string[]
}

const tls13Suites = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']

/** ECDSA goes before RSA: it costs the server a tenth, and RSA is for those who have nothing else. */
const tls12Suites = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-ECDSA-AES256-SHA384',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-RSA-AES256-SHA384',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-RSA-AES256-SHA',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA256',
  'AES256-SHA256',
  'AES128-SHA',
  'AES256-SHA',
]

export const defaultSecurityPolicy = 'IoTSecurityPolicy_TLS13_1_2_2022_10'

const tls12 = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const

const policies = new Map<string, SecurityPolicy>([
  [
    'IoTSecurityPolicy_TLS13_1_3_2022_10',
    { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', ciphers: tls13Suites },
  ],
  [
    defaultSecurityPolicy,
    { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', ciphers: [...tls13Suites, ...tls12Suites] },
  ],
  ['IoTSecurityPolicy_TLS12_1_2_2022_10', { ...tls12, ciphers: tls12Suites }],
  ['IoTSecurityPolicy_TLS12_1_0_2016_01', { ...tls12, ciphers: tls12Suites }],
  ['IoTSecurityPolicy_TLS12_1_0_2015_01', { ...tls12, ciphers: [...tls12Suites, 'DHE-RSA-AES256-SHA'] }],
])

export const securityPolicyNames: readonly string[] = [...policies.keys()]

/** The default one when the name is unknown: names are checked before they are kept. */
export function securityPolicy(name: string): SecurityPolicy {
  const policy = policies.get(name) ?? policies.get(defaultSecurityPolicy)
  if (!policy) throw new Error(`the security policy ${defaultSecurityPolicy} is missing`)
  return policy
}
