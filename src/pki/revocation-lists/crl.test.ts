import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  der,
  makeCa,
  makeKey,
  toPem,
  type KeyType,
  type SignatureType,
} from '../../../test/helpers/certificates.ts'
import {
  certificateIssuer,
  crlPem,
  deltaCrlIndicator,
  distributionPoint,
  makeCrl,
  unknownExtension,
  type CrlOptions,
} from '../../../test/helpers/revocation-lists.ts'
import { parseCertificate } from '../../lib/x509.ts'
import { CrlError, parseCrl } from './crl.ts'
import { readRevokedSerials } from './revoked-serials.ts'
import { checkNotOlder, verifyCrl } from './verify-crl.ts'

const ca = makeCa({ subject: 'CN=Lamp CA,O=Acme' })
const now = new Date()
const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000)

/** All that is done with a list before it counts; resolves with what it revokes. */
async function accept(bytes: Uint8Array, issuer = ca) {
  const crl = parseCrl(bytes)
  await verifyCrl(crl, parseCertificate(issuer.der), now)
  return { crl, serials: await readRevokedSerials(crl) }
}

const accepts = (options: CrlOptions, issuer = ca) => accept(makeCrl(issuer, options), issuer)

describe('a list counts', () => {
  it.each<[string, (crl: Buffer) => Uint8Array]>([
    ['in DER', (crl) => crl],
    ['in PEM', (crl) => Buffer.from(crlPem(crl))],
    ['in PEM with text around it', (crl) => Buffer.from(`Revoked:\n${crlPem(crl)}end`)],
  ])('%s', async (_, encode) => {
    const crl = makeCrl(ca, { revoked: [7n, { serialNumber: 8n, reason: 1 }], number: 2n ** 70n })
    const { serials, crl: read } = await accept(encode(crl))
    expect([serials.size, serials.has('07'), serials.has('08'), serials.has('09')]).toEqual([
      2,
      true,
      true,
      false,
    ])
    expect(read.number).toBe(2n ** 70n)
  })

  it.each<[KeyType, SignatureType]>([
    ['P-256', 'SHA-256'],
    ['P-384', 'SHA-384'],
    ['P-521', 'SHA-512'],
    ['RSA-2048', 'SHA-256'],
    ['RSA-2048', 'SHA-512'],
    ['RSA-2048', 'PSS-SHA-384'],
    ['RSA-PSS', 'PSS-SHA-256'],
  ])('signed with a key of %s and %s', async (keyType, signature) => {
    const issuer = makeCa({ keyType })
    expect((await accepts({ signature, revoked: [1n] }, issuer)).serials.has('01')).toBe(true)
  })

  it.each<[string, CrlOptions]>([
    ['that revokes nothing', {}],
    ['without a number', { number: undefined }],
    ['without an end', { nextUpdate: undefined }],
    ['that ends after 2049', { nextUpdate: new Date('2051-01-01T00:00:00Z') }],
    [
      'that has expired: whether that matters is decided later',
      { thisUpdate: inDays(-9), nextUpdate: inDays(-8) },
    ],
    ['of a CA whose clock is four minutes ahead', { thisUpdate: new Date(now.getTime() + 240_000) }],
    ['with an extension that is not critical', { extensions: [unknownExtension(false)] }],
    ['of one distribution point', { extensions: [distributionPoint(0xa0)] }],
    ['of user certificates alone', { extensions: [distributionPoint(0x81)] }],
    [
      'with an unknown extension of an entry',
      { revoked: [{ serialNumber: 3n, extensions: [unknownExtension(false)] }] },
    ],
  ])('%s', async (_, options) => {
    await expect(accepts(options)).resolves.toBeDefined()
  })

  it('of a CA that may sign lists', async () => {
    const issuer = makeCa({ keyUsage: ['keyCertSign', 'cRLSign'] })
    await expect(accepts({}, issuer)).resolves.toBeDefined()
  })

  it('and revokes what is on hold, but not what it takes from itself', async () => {
    const { serials } = await accepts({
      revoked: [
        { serialNumber: 1n, reason: 6 },
        { serialNumber: 2n, reason: 8 },
        { serialNumber: 3n, reason: 8, extensions: [unknownExtension(false)] },
        { serialNumber: 4n, reason: 0, extensions: [unknownExtension(false)] },
      ],
    })
    expect(['01', '02', '03', '04'].filter((serial) => serials.has(serial))).toEqual(['01', '04'])
  })
})

describe('a list is refused', () => {
  const other = makeCa({ subject: 'CN=Lamp CA,O=Acme' })
  it.each<[string, CrlOptions, string]>([
    ['of another issuer', { issuer: 'CN=Other' }, 'is issued by "CN=Other", not by "CN=Lamp CA, O=Acme"'],
    ['signed by another CA of that name', { key: other.key }, 'was not signed with the key of the CA'],
    [
      'signed with a key of another kind',
      { key: makeKey('RSA-2048') },
      'was not signed with the key of the CA',
    ],
    ['with a broken signature', { forged: true }, 'was not signed with the key of the CA'],
    [
      'that names two signature algorithms',
      { statedSignature: 'SHA-512' },
      'two different signature algorithms',
    ],
    ['signed with SHA-1', { signature: 'SHA-1' }, 'is signed with SHA1-ECDSA; expected'],
    ['of the day after tomorrow', { thisUpdate: inDays(2), nextUpdate: inDays(3) }, 'is not valid before'],
    ['that ends before it begins', { nextUpdate: inDays(-1) }, 'ends before it begins'],
    ['that is a delta', { extensions: [deltaCrlIndicator] }, 'is a delta CRL'],
    ['that is indirect', { extensions: [distributionPoint(0x84)] }, 'is an indirect CRL'],
    ['of CA certificates', { extensions: [distributionPoint(0x82)] }, 'tells of CA certificates alone'],
    ['of some reasons', { extensions: [distributionPoint(0x83)] }, 'tells of some reasons'],
    [
      'of attribute certificates',
      { extensions: [distributionPoint(0x85)] },
      'tells of attribute certificates',
    ],
    [
      'with an unknown critical extension',
      { extensions: [unknownExtension(true)] },
      'has the critical extension 1.3.6.1.4.1.99999.1',
    ],
    [
      'with an unknown critical extension of an entry',
      { revoked: [{ serialNumber: 1n, extensions: [unknownExtension(true)] }] },
      'has an entry with the critical extension 1.3.6.1.4.1.99999.1',
    ],
    [
      'with an entry of another CA',
      { revoked: [{ serialNumber: 1n, extensions: [certificateIssuer] }] },
      'is an indirect CRL',
    ],
  ])('%s', async (_, options, text) => {
    const refused = accepts(options)
    await expect(refused).rejects.toThrow(CrlError)
    await expect(refused).rejects.toThrow(text)
  })

  it('of a CA whose keyUsage does not allow it', async () => {
    const issuer = makeCa({ keyUsage: ['keyCertSign'] })
    await expect(accepts({}, issuer)).rejects.toThrow('has a keyUsage without cRLSign')
  })

  const good = makeCrl(ca, { revoked: [1n, 2n] })
  it.each<[string, Uint8Array, string]>([
    ['that is empty', Buffer.alloc(0), 'is neither DER nor PEM'],
    ['that is a web page', Buffer.from('<html>not found</html>'), 'is neither DER nor PEM'],
    ['that is a certificate', Buffer.from(ca.certificatePem), 'is neither DER nor PEM'],
    ['that is a certificate in DER', ca.der, 'is not a valid list'],
    ['in PEM that is cut off', Buffer.from(crlPem(good).slice(0, 300)), 'is neither DER nor PEM'],
    [
      'in PEM with garbage in it',
      Buffer.from(toPem('X509 CRL', Buffer.from('garbage'))),
      'is not a valid list',
    ],
    ['that is cut off', good.subarray(0, -1), 'is not a valid list'],
    ['with bytes after it', Buffer.concat([good, Buffer.of(0)]), 'bytes follow the list'],
    ['of nothing', der(0x30), 'is not a valid list'],
    ['of a thousand levels', Buffer.alloc(5000, Buffer.of(0x30, 0x80)), 'is not a valid list'],
  ])('%s', async (_, bytes, text) => {
    const refused = accept(bytes)
    await expect(refused).rejects.toThrow(CrlError)
    await expect(refused).rejects.toThrow(text)
  })

  it('wherever a bit of it is flipped', async () => {
    const accepted: number[] = []
    for (let at = 0; at < good.length; at++) {
      const bytes = Buffer.from(good)
      bytes[at]! ^= 0x10
      await accept(bytes).then(
        () => accepted.push(at),
        (error: unknown) => expect(error, `byte ${at}`).toBeInstanceOf(CrlError),
      )
    }
    expect(accepted).toEqual([])
  })
})

describe('a list that is older than the one in force', () => {
  const at = (number: bigint | undefined, day: number) => ({ number, thisUpdate: inDays(day) })
  it.each<[string, ReturnType<typeof at>, ReturnType<typeof at>, string]>([
    ['has a lower number', at(4n, 2), at(5n, 1), 'has the number 4, which is lower than 5'],
    ['has the same number and an earlier date', at(5n, 1), at(5n, 2), 'older than the list in force'],
    ['has no number and an earlier date', at(undefined, 1), at(5n, 2), 'older than the list in force'],
  ])('is refused when it %s', (_, list, known, text) => {
    expect(() => checkNotOlder(list, known)).toThrow(text)
  })

  it.each([
    [at(6n, 1), at(5n, 2)],
    [at(5n, 2), at(5n, 2)],
    [at(undefined, 3), at(5n, 2)],
  ])('is another thing than a newer one', (list, known) => {
    expect(() => checkNotOlder(list, known)).not.toThrow()
  })
})

it('reads what `openssl ca -gencrl` writes', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'openssl-crl-'))
  try {
    const config = `[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\nserial=serial\ncrlnumber=crlnumber\n
      default_md=sha256\ndefault_crl_days=7\ncrl_extensions=crl_ext\npolicy=any\nnew_certs_dir=.\n
      [any]\ncommonName=supplied\n[crl_ext]\nauthorityKeyIdentifier=keyid:always\n`
    const device = ca.issue({ subject: 'CN=lamp-1' })
    const files = {
      'ca.cnf': config,
      'ca.pem': ca.certificatePem,
      'ca.key': ca.privateKeyPem,
      'device.pem': device.certificatePem,
      'index.txt': '',
      crlnumber: '1001\n',
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
    const openssl = (...more: string[]) => {
      const args = ['ca', '-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key', ...more]
      execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' })
    }
    openssl('-revoke', 'device.pem', '-crl_reason', 'keyCompromise')
    openssl('-gencrl', '-out', 'crl.pem')
    const { crl, serials } = await accept(readFileSync(join(directory, 'crl.pem')))
    expect(serials.size).toBe(1)
    expect(serials.has(parseCertificate(device.der).serialNumber)).toBe(true)
    expect(serials.has(parseCertificate(ca.der).serialNumber)).toBe(false)
    expect(crl.number).toBe(0x1001n)
  } finally {
    rmSync(directory, { recursive: true })
  }
})

it('reads a list of two hundred thousand entries', async () => {
  const revoked = Array.from({ length: 200_000 }, (_, index) => 2n ** 120n + BigInt(index))
  const { serials } = await accepts({ revoked })
  expect(serials.size).toBe(200_000)
})
