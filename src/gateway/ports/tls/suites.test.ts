/** Every cipher suite of AWS's security policies, tried against each policy by a TLS client that offers nothing else. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCa, toPair } from '../../../../test/helpers/certificates.ts'
import { openServerTls, type LoadedServerTls } from '../server-certificate.ts'
import { domain, greet, openTestPorts } from '../testing/test-ports.ts'
import { openDomainCertificates } from './domain-certificates.ts'

const suitesOfTls13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']
const modes = [
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA256',
  'AES256-SHA384',
  'AES128-SHA',
  'AES256-SHA',
]
const ecdsaSuites = modes.map((mode) => `ECDHE-ECDSA-${mode}`)
const rsaSuites = [
  ...modes.map((mode) => `ECDHE-RSA-${mode}`),
  ...modes.map((mode) => mode.replace('AES256-SHA384', 'AES256-SHA256')), // RSA key exchange
]
const dheSuites = ['DHE-RSA-AES256-SHA']
const suitesOfTls12 = [...ecdsaSuites, ...rsaSuites]

/** AWS IoT Developer Guide, "Transport security in AWS IoT Core", the table of security policies. */
const policies: Record<string, readonly string[]> = {
  IoTSecurityPolicy_TLS13_1_3_2022_10: suitesOfTls13,
  IoTSecurityPolicy_TLS13_1_2_2022_10: [...suitesOfTls13, ...suitesOfTls12],
  IoTSecurityPolicy_TLS12_1_2_2022_10: suitesOfTls12,
  IoTSecurityPolicy_TLS12_1_0_2016_01: suitesOfTls12,
  IoTSecurityPolicy_TLS12_1_0_2015_01: [...suitesOfTls12, ...dheSuites],
}
const others = [
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-CCM',
  'AES128-CCM',
  'CAMELLIA128-SHA',
  'NULL-SHA256',
]
const allSuites = [...suitesOfTls13, ...suitesOfTls12, ...dheSuites, ...others]

/** A client with one suite, of whatever strength. */
function offering(suite: string): ConnectionOptions {
  if (suite.startsWith('TLS_')) return { ciphers: suite, minVersion: 'TLSv1.3' }
  return { ciphers: `${suite}:@SECLEVEL=0`, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }
}

/** What is agreed on, and the key of the certificate that is shown. */
async function agree(port: number, tls: ConnectionOptions): Promise<string> {
  const socket = await greet(port, { rejectUnauthorized: true, ...tls })
  const kind = socket.getPeerX509Certificate()?.publicKey.asymmetricKeyType
  const { name } = socket.getCipher()
  socket.destroy()
  return `${name} with ${kind}`
}

const kindOf = (suite: string) => (suite.startsWith('TLS_') || suite.includes('ECDSA') ? 'ec' : 'rsa')
const refused = /HANDSHAKE_FAILURE|PROTOCOL_VERSION|NO_CIPHERS/

let directory: string
let tls: LoadedServerTls
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-suites-'))
  tls = await openServerTls({ directory, endpoint: 'localhost', now: new Date() })
})
afterAll(() => rm(directory, { recursive: true }))

/** The endpoint, and a domain of each policy and of each of AWS's types, with certificates of Muster's own roots. */
async function openPolicyPorts(domainType: 'AWS_MANAGED' | 'CUSTOMER_MANAGED') {
  const names = Object.keys(policies)
  const domains = names.map((securityPolicy, at) =>
    domain({
      name: securityPolicy,
      domainName: `p${at}.acme.example`,
      domainType,
      settings: { ...domain().settings, securityPolicy },
    }),
  )
  const certificates = openDomainCertificates(directory, () => new Date())
  const ports = await openTestPorts({ tls: tls.certificates, domains, certificates })
  return { ports, nameOf: (policy: string) => `p${names.indexOf(policy)}.acme.example` }
}

describe.each(['AWS_MANAGED', 'CUSTOMER_MANAGED'] as const)('on a domain that is %s', (domainType) => {
  it.each(Object.entries(policies))('%s takes its suites and no others', async (policy, suites) => {
    const { ports, nameOf } = await openPolicyPorts(domainType)
    await using _open = ports
    const outcomes = allSuites.map(async (suite) => {
      const client = { ...offering(suite), servername: nameOf(policy), ca: tls.rootCaPem }
      const agreed = await agree(ports.port, client).catch(
        ({ code }: NodeJS.ErrnoException) => code ?? 'failed',
      )
      return [suite, refused.test(agreed) ? 'refused' : agreed]
    })
    const expected = allSuites.map((suite) => [
      suite,
      suites.includes(suite) ? `${suite} with ${kindOf(suite)}` : 'refused',
    ])
    expect(Object.fromEntries(await Promise.all(outcomes))).toEqual(Object.fromEntries(expected))
  })
})

const defaultSuites = policies['IoTSecurityPolicy_TLS13_1_2_2022_10']!

describe('the endpoint', () => {
  it('takes every suite of the default policy, and a root file of both roots verifies what it shows', async () => {
    await using ports = await openTestPorts({ tls: tls.certificates })
    for (const suite of defaultSuites)
      expect(await agree(ports.port, { ...offering(suite), ca: tls.rootCaPem })).toBe(
        `${suite} with ${kindOf(suite)}`,
      )
    for (const suite of [...dheSuites, ...others])
      await expect(agree(ports.port, offering(suite))).rejects.toMatchObject({
        code: expect.stringMatching(refused),
      })
  })

  it.each([
    ['TLS 1.3', {}],
    ['TLS 1.2', { maxVersion: 'TLSv1.2' }],
    [
      'TLS 1.2, RSA suites first',
      { maxVersion: 'TLSv1.2', ciphers: [...rsaSuites, ...ecdsaSuites].join(':') },
    ],
    [
      'RSA alone of the good suites',
      { maxVersion: 'TLSv1.2', ciphers: `${rsaSuites[0]}:ECDHE-ECDSA-AES256-SHA` },
    ],
  ] as const)('shows the ECDSA certificate to who takes both kinds: %s', async (_what, client) => {
    await using ports = await openTestPorts({ tls: tls.certificates })
    expect(await agree(ports.port, { ...client, ca: tls.rootCaPem })).toMatch(/ with ec$/)
  })

  it.each([
    ['TLS 1.3', { minVersion: 'TLSv1.3', sigalgs: 'rsa_pss_rsae_sha256' }],
    ['TLS 1.2', { maxVersion: 'TLSv1.2', sigalgs: 'RSA+SHA256' }],
    ['TLS 1.2 with the suite of a TI CC3220', offering('AES128-GCM-SHA256')],
  ] as const)('shows a chain of RSA alone to who verifies nothing else: %s', async (_what, client) => {
    await using ports = await openTestPorts({ tls: tls.certificates })
    const [, rsaRoot] = tls.rootCaPem.split(/(?=-----BEGIN)/)
    expect(await agree(ports.port, { ...client, ca: rsaRoot })).toMatch(/ with rsa$/)
  })

  it('shows both kinds of an operator, and one of them when there is no other', async () => {
    const ca = makeCa()
    const issue = (keyType: 'P-256' | 'RSA-2048') =>
      toPair(ca.issue({ subject: 'CN=x', dnsNames: ['localhost'], keyType }))
    const [ec, rsa] = [issue('P-256'), issue('RSA-2048')]
    const takes = async (pairs: LoadedServerTls['certificates']) => {
      await using ports = await openTestPorts({ tls: pairs })
      const outcome = (suite: string) =>
        agree(ports.port, { ...offering(suite), ca: ca.certificatePem }).then(
          () => true,
          () => false,
        )
      return [await outcome(ecdsaSuites[0]!), await outcome(rsaSuites[0]!), await outcome('AES256-SHA')]
    }
    expect(await takes([rsa, ec])).toEqual([true, true, true])
    expect(await takes([ec])).toEqual([true, false, false])
    expect(await takes([rsa])).toEqual([false, true, true])
  })
})

describe('the certificate of a device', () => {
  const keyTypes = ['P-256', 'P-384', 'P-521', 'RSA-2048', 'RSA-3072'] as const
  const versions = ['TLSv1.2', 'TLSv1.3'] as const
  const ca = makeCa()

  /** AWS IoT Developer Guide, "X.509 client certificates". */
  it.each(keyTypes.flatMap((keyType) => versions.map((version) => [keyType, version] as const)))(
    'may have a key of each kind that can be registered: %s over %s',
    async (keyType, version) => {
      await using ports = await openTestPorts({ tls: tls.certificates })
      const leaf = ca.issue({ keyType })
      const socket = await greet(ports.port, { ...toPair(leaf), minVersion: version, maxVersion: version })
      expect(ports.peers.map(({ certificateId }) => certificateId)).toEqual([leaf.certificateId])
      socket.destroy()
    },
  )
})
