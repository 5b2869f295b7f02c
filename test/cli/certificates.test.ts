import { rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCa, type KeyType } from '../helpers/certificates.ts'
import { freshDirectory, startServerProcess, startTestServer } from '../helpers/server.ts'

let directory: string
beforeEach(() => {
  directory = freshDirectory()
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const suites = { ec: 'ECDHE-ECDSA-AES128-GCM-SHA256', rsa: 'AES128-GCM-SHA256' }

/** The SHA-256 of the certificate that a client with suites of one kind alone is shown; it trusts what is in `ca`. */
function shown(port: number, kind: keyof typeof suites, ca: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const ciphers = `${suites[kind]}:@SECLEVEL=0`
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca,
      ciphers,
      maxVersion: 'TLSv1.2',
    })
    socket.on('error', reject).on('secureConnect', () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256)
      socket.destroy()
    })
  })
}

async function shownOfBoth(port: number, ca: string) {
  return [await shown(port, 'ec', ca), await shown(port, 'rsa', ca)]
}

describe('the certificates of a server', () => {
  it('are of both kinds on each port, one root file verifies them, and a restart shows the same', async () => {
    const seen: (string | undefined)[][] = []
    for (let start = 0; start < 2; start++) {
      await using server = await startTestServer({ dataDir: directory, alpnPort: '0' })
      const { mqttPort, httpsPort, alpnPort, rootCaFile } = server.endpoints
      const roots = await readFile(rootCaFile, 'utf8')
      for (const port of [mqttPort, httpsPort, alpnPort!]) seen.push(await shownOfBoth(port, roots))
    }
    expect(new Set(seen[0]).size).toBe(2)
    expect(seen).toEqual(Array(6).fill(seen[0]))
  })

  it('are of both kinds when the operator gives both, and files that are not pairs keep it from starting', async () => {
    const ca = makeCa()
    const put = (name: string, keyType: KeyType) => {
      const leaf = ca.issue({ subject: 'CN=x', dnsNames: ['localhost'], keyType })
      writeFileSync(join(directory, `${name}.key`), leaf.privateKeyPem)
      writeFileSync(join(directory, `${name}.pem`), leaf.certificatePem)
    }
    put('rsa', 'RSA-2048')
    put('ec', 'P-256')
    const path = (name: string) => join(directory, name)
    writeFileSync(path('root.pem'), ca.certificatePem)
    const tls = { 'tls-cert': `${path('rsa.pem')},${path('ec.pem')}`, 'tls-ca': path('root.pem') }
    const keys = [path('rsa.key'), path('ec.key')]
    {
      await using server = await startServerProcess({
        'data-dir': path('data'),
        ...tls,
        'tls-key': keys.join(','),
      })
      const both = await shownOfBoth(server.endpoints.mqttPort, ca.certificatePem)
      expect(new Set(both).size).toBe(2)
    }
    const swapped = startServerProcess({
      'data-dir': path('data'),
      ...tls,
      'tls-key': keys.toReversed().join(','),
    })
    await expect(swapped).rejects.toThrow(/ec\.key does not belong to the certificate in .*rsa\.pem/)
  })
})
