import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { X509Certificate } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshDirectory } from '../../../test/helpers/server.ts'
import { openServerTls } from '../../gateway/ports/index.ts'
import { parseConfig } from '../config.ts'
import { judgeBackups } from './backups.ts'
import { judgeCertificate } from './certificates.ts'
import { judgeOwner } from './copies.ts'
import { checkDirectory, judgeFileSystem, judgeFree, judgeSync } from './data-directory.ts'
import { examine } from './doctor.ts'
import type { Finding } from './finding.ts'
import { judgeIsolation, judgePython } from './functions.ts'
import { judgeClock, judgeEntropy, judgeMemory, judgeOpenFiles } from './machine.ts'
import { judgePort } from './ports.ts'

let directory: string
beforeEach(() => {
  directory = freshDirectory()
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const now = new Date('2026-11-29T12:00:00Z')
const day = 86_400_000
const claim = {
  owner: 'other',
  nonce: '1',
  host: 'host-2',
  since: now.toISOString(),
  renewedAt: now.toISOString(),
  version: '1',
}
const mqtt = { option: 'mqttPort', port: 883, host: '127.0.0.1' } as const

describe('what is found', () => {
  it.each<[string, Finding, Finding['state'], RegExp]>([
    ['a full disk', judgeFree(63), 'fault', /63 MB free, 64 are needed/],
    ['a disk that is filling', judgeFree(1000), 'warning', /1000 MB free/],
    ['NFS', judgeFileSystem(0x6969), 'fault', /NFS/],
    ['CIFS, whose number is negative to some', judgeFileSystem(-11_317_950), 'fault', /CIFS/],
    ['memory for a disk', judgeFileSystem(0x01021994), 'warning', /in memory/],
    ['the layers of a container', judgeFileSystem(0x794c7630), 'warning', /container/],
    ['a slow disk', judgeSync(20.4), 'warning', /^20\.4 ms/],
    [
      'few descriptors',
      judgeOpenFiles('Max open files            1024                 4096      files'),
      'warning',
      /3896 connections/,
    ],
    ['little memory', judgeMemory(255), 'warning', /^255 MB/],
    [
      'a clock that was set back',
      judgeClock(now.getTime(), now.getTime() + 2 * day),
      'fault',
      /written to at 2026-12-01/,
    ],
    ['a kernel without entropy', judgeEntropy(127), 'warning', /^127 bits/],
    ['a port that is taken', judgePort(mqtt, 'EADDRINUSE'), 'fault', /another program/],
    ['a port for root alone', judgePort(mqtt, 'EACCES'), 'fault', /below 1024/],
    ['an address of another machine', judgePort(mqtt, 'EADDRNOTAVAIL'), 'fault', /no address 127\.0\.0\.1/],
    ['a port with a trouble of its own', judgePort(mqtt, 'EMFILE'), 'fault', /EMFILE/],
    ['functions without isolation', judgeIsolation('none'), 'warning', /read what it can/],
    [
      'copies of another server',
      judgeOwner({ claim, isOwn: false }),
      'warning',
      /writes its copies there: host-2 since 2026/,
    ],
    [
      'copies of nobody that is known',
      judgeOwner({ claim: undefined, isOwn: false }),
      'warning',
      /nobody knows/,
    ],
    [
      'backups that stopped',
      judgeBackups({ everyMs: day, newest: new Date(now.getTime() - 2 * day - 1), now }),
      'warning',
      /2026-11-27/,
    ],
  ])('%s', (_, { state, found, advice }, expected, text) => {
    expect({ state, found, advice }).toEqual({
      state: expected,
      found: expect.stringMatching(text),
      advice: expect.stringMatching(/\w{3}/),
    })
  })

  it.each<[string, Finding]>([
    ['room on the disk', judgeFree(1024)],
    ['a local file system', judgeFileSystem(0xef53)],
    ['a fast disk', judgeSync(20)],
    [
      'many descriptors',
      judgeOpenFiles('Max open files            1024                 unlimited      files'),
    ],
    ['a system that names no limit', judgeOpenFiles('')],
    ['memory', judgeMemory(256)],
    ['a clock a little behind', judgeClock(now.getTime(), now.getTime() + day - 1)],
    ['a new data directory', judgeClock(now.getTime(), undefined)],
    ['entropy', judgeEntropy(256)],
    ['a free port', judgePort(mqtt, undefined)],
    ['isolation', judgeIsolation('user-namespace')],
    ['no Python', judgePython(undefined)],
    ['no copy yet', judgeOwner(undefined)],
    ['copies of its own', judgeOwner({ claim, isOwn: true })],
    [
      'copies of one that has ended',
      judgeOwner({ claim: { ...claim, releasedAt: now.toISOString() }, isOwn: false }),
    ],
    ['no backup yet', judgeBackups({ everyMs: day, newest: undefined, now })],
  ])('%s is well', (_, { state, advice }) =>
    expect({ state, advice }).toEqual({ state: 'ok', advice: undefined }),
  )

  it('says whether Python brings boto3', () => {
    expect(judgePython('3.11.7 boto3').found).toBe('3.11.7, with boto3')
    expect(judgePython('3.11.7').found).toContain('without boto3')
  })
})

describe('a certificate of the operator', () => {
  const load = async () => {
    const { certificates } = await openServerTls({ directory, endpoint: 'iot.example.com', now: new Date() })
    return new X509Certificate(certificates[0]?.cert ?? '')
  }

  it('is judged by its time and its names', async () => {
    const certificate = await load()
    const judge = (host: string, at: number) =>
      judgeCertificate('it', { certificate, host, now: new Date(at) })
    const ends = certificate.validToDate.getTime()
    const begins = certificate.validFromDate.getTime()
    expect(judge('iot.example.com', begins + day)).toMatchObject({ state: 'ok' })
    expect(judge('127.0.0.1', begins + day)).toMatchObject({ state: 'ok' })
    expect(judge('iot.example.org', begins + day)).toMatchObject({
      state: 'fault',
      found: /does not name iot\.example\.org/,
    })
    expect(judge('10.0.0.1', begins + day)).toMatchObject({ state: 'fault' })
    expect(judge('iot.example.com', begins - 1)).toMatchObject({ state: 'fault', found: /valid only from/ })
    expect(judge('iot.example.com', ends + 1)).toMatchObject({ state: 'fault', found: /has ended/ })
    expect(judge('iot.example.com', ends - day)).toMatchObject({ state: 'warning' })
  })
})

describe('a data directory', () => {
  it('may be one that is still to be made', () => {
    expect(checkDirectory(join(directory, 'a/b'))).toMatchObject({ state: 'ok', found: /will be made/ })
  })

  it('is no file', () => {
    writeFileSync(join(directory, 'file'), '')
    expect(checkDirectory(join(directory, 'file'))).toMatchObject({ state: 'fault', found: /is a file/ })
  })

  it('is for its owner', () => {
    mkdirSync(join(directory, 'open'))
    chmodSync(join(directory, 'open'), 0o755)
    expect(checkDirectory(join(directory, 'open'))).toMatchObject({ state: 'warning', found: /mode 755/ })
    chmodSync(join(directory, 'open'), 0o700)
    expect(checkDirectory(join(directory, 'open'))).toMatchObject({ state: 'ok' })
  })
})

describe('the whole', () => {
  const examineWith = (flags: Record<string, string>) =>
    examine(parseConfig({ flags: { dataDir: directory, ...flags }, environment: {} }))

  it('finds a port that is taken, files that are not there, and a database that does not answer, without its password', async () => {
    await using taken = createServer()
    taken.listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const findings = await examineWith({
      mqttPort: String(port),
      tlsKey: join(directory, 'no.key'),
      tlsCert: join(directory, 'no.pem'),
      database: 'postgres://muster:hunter2@127.0.0.1:1/muster',
    })
    const faults = findings.filter(({ state }) => state === 'fault').map(({ subject }) => subject)
    expect(faults).toEqual(['database', `port ${port}`, `certificate ${join(directory, 'no.pem')}`])
    expect(JSON.stringify(findings)).not.toContain('hunter2')
  })

  it('finds another server where copies are to be written, and a place that does not answer', async () => {
    const copiesWith = async (walCopies: string) =>
      (
        await examineWith({
          dataDir: join(directory, 'new'),
          walCopies,
          serviceAccessKeyId: 'AKIDEXAMPLE',
          serviceSecretAccessKey: 'secret',
        })
      ).filter(({ subject }) => subject === 'copies')
    expect(await copiesWith(directory)).toMatchObject([{ state: 'ok' }])
    writeFileSync(join(directory, 'owner.json'), JSON.stringify(claim))
    expect(await copiesWith(directory)).toMatchObject([
      { state: 'warning', found: expect.stringContaining('host-2') },
    ])
    expect(await copiesWith('s3://own/x?endpoint=http://127.0.0.1:1')).toMatchObject([
      { state: 'warning', found: expect.stringContaining('does not answer') },
    ])
  })

  it('finds that the database is of a newer version, which a start would refuse', async () => {
    const database = new DatabaseSync(join(directory, 'muster.db'))
    database.exec(
      "create table kysely_migration (name text, timestamp text); insert into kysely_migration values ('999-jobs', '')",
    )
    database.close()
    const findings = await examineWith({ apiPort: '0', mqttPort: '0', httpsPort: '0' })
    expect(findings.filter(({ state }) => state === 'fault')).toMatchObject([
      { subject: 'database', found: expect.stringMatching(/does not know 999-jobs; start that version/) },
    ])
  })

  it('leaves the data directory as it was', async () => {
    const dataDir = join(directory, 'new')
    const findings = await examineWith({ dataDir, apiPort: '0', mqttPort: '0', httpsPort: '0' })
    expect(findings.filter(({ state }) => state === 'fault')).toEqual([])
    expect(() => rmSync(dataDir)).toThrow(/ENOENT/)
  })
})
