import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCa, toPair, type TestCertificate } from '../../../test/helpers/certificates.ts'
import { openServerTls, type LoadedServerTls } from './server-certificate.ts'
import type { CertificatePair } from './tls/certificate-pair.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-tls-'))
})
afterEach(() => rm(directory, { recursive: true }))

const now = new Date()
const later = (days: number) => new Date(now.getTime() + days * 86_400_000)

const readCertificates = (text: string) => text.split(/(?=-----BEGIN)/).map((pem) => new X509Certificate(pem))
const leavesOf = ({ certificates }: LoadedServerTls) =>
  certificates.map(({ cert }) => new X509Certificate(cert))

it('makes two roots, and below each a certificate for the endpoint and the loopback names', async () => {
  const loaded = await openServerTls({ directory, endpoint: 'iot.example', now })
  const { rootCaPem, rootCaFile, notAfter } = loaded
  const roots = readCertificates(rootCaPem)
  for (const [at, certificate] of leavesOf(loaded).entries()) {
    const root = roots[at]!
    for (const name of ['iot.example', 'localhost']) expect(certificate.checkHost(name)).toBe(name)
    for (const address of ['127.0.0.1', '::1']) expect(certificate.checkIP(address)).toBe(address)
    expect(certificate.checkHost('other.example')).toBeUndefined()
    expect(certificate.checkIssued(root) && certificate.verify(root.publicKey)).toBe(true)
    expect([root.ca, certificate.ca]).toEqual([true, false])
  }
  expect(await readFile(rootCaFile, 'utf8')).toBe(rootCaPem)
  expect(notAfter.getTime()).toBeGreaterThan(later(300).getTime())
  for (const key of ['root-ca.key', 'root-ca_rsa.key', 'server.key', 'server_rsa.key']) {
    expect((await stat(join(directory, key))).mode & 0o777).toBe(0o600)
  }
})

it('signs ECDSA with ECDSA and RSA with RSA: who knows one alone can verify the whole chain', async () => {
  const loaded = await openServerTls({ directory, endpoint: 'iot.example', now })
  const [ec, rsa] = leavesOf(loaded).map((leaf, at) => [leaf, readCertificates(loaded.rootCaPem)[at]!])
  for (const { publicKey, signatureAlgorithm } of ec!) {
    expect(publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
    expect(signatureAlgorithm).toBe('ecdsa-with-SHA256')
  }
  for (const { publicKey, signatureAlgorithm } of rsa!) {
    expect(publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048)
    expect(signatureAlgorithm).toBe('sha256WithRSAEncryption')
  }
})

it('keeps all of them when it is started again', async () => {
  const first = await openServerTls({ directory, endpoint: '10.0.0.7', now })
  expect(await openServerTls({ directory, endpoint: '10.0.0.7', now: later(300) })).toEqual(first)
})

it('adds the RSA chain to a directory that has the ECDSA chain alone, and changes nothing that devices know', async () => {
  const first = await openServerTls({ directory, endpoint: 'localhost', now })
  for (const name of ['root-ca_rsa', 'server_rsa'])
    for (const ending of ['pem', 'key']) await rm(join(directory, `${name}.${ending}`))
  const [ecRoot, rsaRoot] = readCertificates(first.rootCaPem)
  await writeFile(first.rootCaFile, ecRoot!.toString())
  const second = await openServerTls({ directory, endpoint: 'localhost', now })
  const roots = readCertificates(await readFile(second.rootCaFile, 'utf8'))
  expect(roots.map(({ raw }) => raw)).toEqual([ecRoot!.raw, roots[1]!.raw])
  expect(roots[1]!.raw).not.toEqual(rsaRoot!.raw)
  expect(second.certificates[0]).toEqual(first.certificates[0])
  expect(leavesOf(second)[1]!.verify(roots[1]!.publicKey)).toBe(true)
  expect(await openServerTls({ directory, endpoint: 'localhost', now })).toEqual(second)
})

it.each([
  ['a month before they end', 'a.example', later(340)],
  ['when the endpoint has changed', 'b.example', now],
])('renews the certificates under the same roots %s', async (_when, endpoint, at) => {
  const first = await openServerTls({ directory, endpoint: 'a.example', now })
  const second = await openServerTls({ directory, endpoint, now: at })
  expect(second.rootCaPem).toBe(first.rootCaPem)
  for (const [which, { cert }] of second.certificates.entries())
    expect(cert).not.toBe(first.certificates[which]!.cert)
})

it('makes a new certificate when a crash left a key without its certificate', async () => {
  const first = await openServerTls({ directory, endpoint: 'localhost', now })
  await writeFile(join(directory, 'server.key'), makeCa().privateKeyPem)
  const second = await openServerTls({ directory, endpoint: 'localhost', now })
  expect(second.certificates[0]!.cert).not.toBe(first.certificates[0]!.cert)
  expect(second.certificates[1]).toEqual(first.certificates[1])
})

it('says which files are broken rather than replacing a root that devices trust', async () => {
  await openServerTls({ directory, endpoint: 'localhost', now })
  await writeFile(join(directory, 'root-ca.pem'), 'no certificate')
  await expect(openServerTls({ directory, endpoint: 'localhost', now })).rejects.toThrow(
    /root-ca\.pem .* cannot be used/,
  )
})

describe('the files of the operator', () => {
  const ca = makeCa()
  const ec = ca.issue({ subject: 'CN=ec' })
  const rsa = ca.issue({ subject: 'CN=rsa', keyType: 'RSA-2048' })

  async function put(name: string, { privateKeyPem, certificatePem }: TestCertificate) {
    const files = { key: join(directory, `${name}.key`), cert: join(directory, `${name}.pem`) }
    await writeFile(files.key, privateKeyPem)
    await writeFile(files.cert, certificatePem)
    return files
  }
  const open = (operatorFiles: { pairs: CertificatePair[]; ca?: string }) =>
    openServerTls({ directory, endpoint: 'x', now, operatorFiles })

  it.each([['ECDSA', ec] as const, ['RSA', rsa] as const])('are taken: %s alone', async (_kind, leaf) => {
    const root = await put('root', ca)
    expect(await open({ pairs: [await put('mine', leaf)], ca: root.cert })).toMatchObject({
      certificates: [toPair(leaf)],
      rootCaFile: root.cert,
      rootCaPem: ca.certificatePem,
    })
  })

  it('are taken of both kinds, and without a root both certificates stand in one file', async () => {
    const { certificates, rootCaFile, rootCaPem } = await open({
      pairs: [await put('rsa', rsa), await put('ec', ec)],
    })
    expect(certificates).toEqual([toPair(rsa), toPair(ec)])
    expect(rootCaPem).toBe(rsa.certificatePem + ec.certificatePem)
    expect(await readFile(rootCaFile, 'utf8')).toBe(rootCaPem)
  })

  it.each([
    ['a key of another certificate', [{ ...ec, privateKeyPem: ca.privateKeyPem }], /does not belong/],
    [
      'a second key of another certificate',
      [rsa, { ...ec, privateKeyPem: ca.privateKeyPem }],
      /does not belong/,
    ],
    ['two of one kind', [ec, ec], /two of the server certificates have keys of the kind ec/],
    ['no certificate', [{ ...ec, certificatePem: 'hello' }], /0\.pem holds no certificate in PEM/],
    ['no key', [{ ...ec, privateKeyPem: 'hello' }], /0\.key holds no private key in PEM/],
  ])('are refused with %s', async (_what, leaves, message) => {
    const pairs = await Promise.all(leaves.map((leaf, at) => put(String(at), leaf)))
    const failure: Error = await open({ pairs }).then(
      () => expect.fail('they were taken'),
      (error) => error,
    )
    expect(failure.message).toMatch(message)
    expect(failure.message).not.toContain('-----BEGIN')
  })
})
