import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { openServerTls } from './server-certificate.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-tls-'))
})
afterEach(() => rm(directory, { recursive: true }))

const now = new Date()
const later = (days: number) => new Date(now.getTime() + days * 86_400_000)

it('makes a root and a certificate for the endpoint and the loopback names', async () => {
  const { cert, rootCaPem, rootCaFile, notAfter } = await openServerTls({
    directory,
    endpoint: 'iot.example',
    now,
  })
  const certificate = new X509Certificate(cert)
  const root = new X509Certificate(rootCaPem)
  for (const name of ['iot.example', 'localhost']) expect(certificate.checkHost(name)).toBe(name)
  for (const address of ['127.0.0.1', '::1']) expect(certificate.checkIP(address)).toBe(address)
  expect(certificate.checkHost('other.example')).toBeUndefined()
  expect(certificate.checkIssued(root) && certificate.verify(root.publicKey)).toBe(true)
  expect([root.ca, certificate.ca]).toEqual([true, false])
  expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
  expect(await readFile(rootCaFile, 'utf8')).toBe(rootCaPem)
  expect(notAfter.getTime()).toBeGreaterThan(later(300).getTime())
  for (const key of ['root-ca.key', 'server.key']) {
    expect((await stat(join(directory, key))).mode & 0o777).toBe(0o600)
  }
})

it('keeps both when it is started again', async () => {
  const first = await openServerTls({ directory, endpoint: '10.0.0.7', now })
  expect(await openServerTls({ directory, endpoint: '10.0.0.7', now: later(300) })).toEqual(first)
})

it.each([
  ['a month before it ends', 'a.example', later(340)],
  ['when the endpoint has changed', 'b.example', now],
])('renews the certificate under the same root %s', async (_when, endpoint, at) => {
  const first = await openServerTls({ directory, endpoint: 'a.example', now })
  const second = await openServerTls({ directory, endpoint, now: at })
  expect(second.rootCaPem).toBe(first.rootCaPem)
  expect(second.cert).not.toBe(first.cert)
})

it('makes a new certificate when a crash left a key without its certificate', async () => {
  const first = await openServerTls({ directory, endpoint: 'localhost', now })
  await writeFile(join(directory, 'server.key'), makeCa().privateKeyPem)
  const second = await openServerTls({ directory, endpoint: 'localhost', now })
  expect(second.cert).not.toBe(first.cert)
})

it('says which files are broken rather than replacing a root that devices trust', async () => {
  await openServerTls({ directory, endpoint: 'localhost', now })
  await writeFile(join(directory, 'root-ca.pem'), 'no certificate')
  await expect(openServerTls({ directory, endpoint: 'localhost', now })).rejects.toThrow(
    /root-ca\.pem .* cannot be used/,
  )
})

it('takes the files of the operator, and refuses a key of another certificate', async () => {
  const ca = makeCa()
  const leaf = ca.issue({ subject: 'CN=mine' })
  const [key, cert, rootCa] = ['mine.key', 'mine.pem', 'root.pem'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ]
  await writeFile(key, leaf.privateKeyPem)
  await writeFile(cert, leaf.certificatePem)
  await writeFile(rootCa, ca.certificatePem)
  const operatorFiles = { key, cert, ca: rootCa }
  expect(await openServerTls({ directory, endpoint: 'x', now, operatorFiles })).toMatchObject({
    key: leaf.privateKeyPem,
    cert: leaf.certificatePem,
    rootCaFile: rootCa,
    rootCaPem: ca.certificatePem,
  })
  await writeFile(key, ca.privateKeyPem)
  await expect(openServerTls({ directory, endpoint: 'x', now, operatorFiles })).rejects.toThrow(
    /does not belong/,
  )
})
