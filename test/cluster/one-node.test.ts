/** One node whose database is PostgreSQL: real server processes, a real database that dies. */
import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { DescribeThingCommand } from '@aws-sdk/client-iot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { musterProgram } from '../helpers/program.ts'
import type { TestCertificate } from '../helpers/certificates.ts'
import { connectDevice } from '../helpers/device.ts'
import {
  createProvisioningRole,
  provisioningTemplate,
  registerCa,
  type RegisteredCa,
} from '../helpers/jitp.ts'
import { asOwner } from '../helpers/postgres/databases.ts'
import { findPostgres, startPostgres, type TestPostgres } from '../helpers/postgres/server.ts'
import { freshDirectory, startServerProcess, type ServerProcess } from '../helpers/server.ts'

const isAbsent = findPostgres() === undefined
if (isAbsent)
  console.warn('a server on PostgreSQL is not tried: it is not on this machine (Debian: postgresql)')

let postgres: TestPostgres
beforeAll(async () => {
  if (!isAbsent) postgres = await startPostgres()
})
afterAll(() => postgres?.[Symbol.asyncDispose]())

const urlOf = (database: string) => postgres.url.replace(/[^/]*$/, database)

async function makeDatabase(name: string, options = ''): Promise<string> {
  await asOwner(postgres.url, (client) => client.query(`create database ${name} ${options}`))
  return urlOf(name)
}

async function registerFleet(server: ServerProcess): Promise<RegisteredCa> {
  const roleArn = await createProvisioningRole(server)
  return registerCa(server, { registrationConfig: { roleArn, templateBody: provisioningTemplate() } })
}

const lampOf = (ca: RegisteredCa, name: string): TestCertificate =>
  ca.issue({
    subject: [
      ['C', 'NL'],
      ['CN', name],
    ],
  })

async function onboard(server: ServerProcess, lamp: TestCertificate, clientId: string): Promise<void> {
  const client = await connectDevice(server, { ...lamp, clientId })
  await client.endAsync()
}

const codesOf = async (server: ServerProcess, subject: string) =>
  (await server.report(subject)).entries.map(({ code }) => code)

/** Runs a command to its end; resolves with its exit code and all that it said. */
function muster(...args: string[]): Promise<{ code: number; said: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [musterProgram, ...args], (error, stdout, stderr) =>
      done({ code: error ? Number(error.code ?? 1) : 0, said: stdout + stderr }),
    )
  })
}

describe.skipIf(isAbsent)('a server on PostgreSQL', () => {
  it('onboards devices, and has them after a kill of either', async () => {
    const database = await makeDatabase('fleet')
    const dataDir = freshDirectory()
    let server = await startServerProcess({ 'data-dir': dataDir, database })
    const ca = await registerFleet(server)
    const lamp = lampOf(ca, 'lamp')
    await onboard(server, lamp, 'lamp')
    expect(await codesOf(server, 'lamp')).toContain('provisioned') // and so it is written down
    await server.kill()
    server = await startServerProcess({ 'data-dir': dataDir, database })
    await onboard(server, lamp, 'lamp')
    await postgres.kill()
    const refusedWhileAway = connectDevice(server, { ...lampOf(ca, 'stranger'), clientId: 'stranger' })
    await expect(refusedWhileAway).rejects.toThrow('closed')
    await expect(server.iot.send(new DescribeThingCommand({ thingName: 'lamp' }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 500 },
    })
    await postgres.start()
    await expect.poll(() => onboard(server, lampOf(ca, 'pump'), 'pump').then(() => 'in', String)).toBe('in')
    expect(await codesOf(server, 'lamp')).toContain('provisioned')
    await expect.poll(() => codesOf(server, 'stranger')).not.toEqual([]) // who came while the database was away
    await server[Symbol.asyncDispose]()
    rmSync(dataDir, { recursive: true, force: true })
  })

  it('takes over what a server on SQLite had, table by table, also when it is told to twice', async () => {
    const database = await makeDatabase('moved')
    const dataDir = freshDirectory()
    const before = await startServerProcess({ 'data-dir': dataDir })
    const ca = await registerFleet(before)
    const lamp = lampOf(ca, 'lamp')
    await onboard(before, lamp, 'lamp')
    const { accessKeyId } = before.rootKey
    expect(await muster('migrate', '--to', database, '--data-dir', dataDir)).toMatchObject({
      code: 1,
      said: expect.stringContaining('another Muster server is using the data directory') as string,
    })
    await before[Symbol.asyncDispose]()
    for (let time = 0; time < 2; time++) {
      const { code, said } = await muster('migrate', '--to', database, '--data-dir', dataDir)
      expect({ code, said }).toMatchObject({ code: 0 })
      expect(said).toMatch(/^things +1$/m)
    }
    const after = await startServerProcess({ 'data-dir': dataDir, database })
    expect(after.rootKey.accessKeyId).toBe(accessKeyId)
    await onboard(after, lamp, 'lamp')
    await onboard(after, lampOf(ca, 'pump'), 'pump')
    await after[Symbol.asyncDispose]()
    const place = database.replace(/^postgres/, 'the database postgres')
    expect(await muster('start', '--data-dir', dataDir)).toMatchObject({
      code: 1,
      said: expect.stringContaining(`belongs to ${place}: name it with --database`) as string,
    })
    expect(await muster('backup', `${dataDir}.backup`, '--data-dir', dataDir)).toMatchObject({
      code: 1,
      said: expect.stringContaining(`${place} is backed up with pg_dump`) as string,
    })
    expect(await muster('migrate', '--to', database, '--data-dir', dataDir)).toMatchObject({
      code: 1,
      said: expect.stringContaining('is not the same in both') as string,
    })
    rmSync(dataDir, { recursive: true, force: true })
  })

  const refused = async (database: string) => {
    const dataDir = freshDirectory()
    try {
      await using server = await startServerProcess({ 'data-dir': dataDir, database })
      return server.output()
    } catch (error) {
      return (error as Error).message
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  }

  it('does not start beside another on the same database', async () => {
    const database = await makeDatabase('held')
    await using _server = await startServerProcess({ database })
    expect(await refused(database)).toContain('another Muster server is using the database')
  })

  it('says which database it cannot reach, and never the password', async () => {
    const said = await refused('postgres://muster:hunter2@127.0.0.1:1/fleet')
    expect(said).toContain('the database postgres://muster@127.0.0.1:1/fleet cannot be used: ')
    expect(said).toContain('ECONNREFUSED')
    expect(said).not.toContain('hunter2')
  })

  it('does not echo what is no URL of a database', async () => {
    const said = await refused('mysql://muster:hunter2@127.0.0.1/fleet')
    expect(said).toContain('--database: must be postgres://user:password@host/database')
    expect(said).not.toContain('hunter2')
  })

  it('refuses a database whose text is in another order', async () => {
    const database = await makeDatabase(
      'latin',
      "template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'",
    )
    expect(await refused(database)).toContain('must have encoding UTF8 and collation C, it has LATIN1 and C')
  })

  it('refuses a database that acknowledges what is not on disk', async () => {
    const database = await makeDatabase('hasty')
    await asOwner(postgres.url, (client) => client.query('alter database hasty set synchronous_commit = off'))
    expect(await refused(database)).toContain('synchronous_commit is off')
  })

  it('refuses a database of a newer version, and says which', async () => {
    const database = await makeDatabase('newer')
    {
      await using _server = await startServerProcess({ database })
    }
    await asOwner(database, async (client) => {
      await client.query("insert into kysely_migration (name, timestamp) values ('999-jobs', '')")
      await client.query("comment on table kysely_migration is '12.3.4'")
    })
    expect(await refused(database)).toContain('brought up to date by Muster 12.3.4')
  })

  it("refuses a database whose secrets another directory's key sealed", async () => {
    const database = await makeDatabase('sealed')
    {
      await using _server = await startServerProcess({ database })
    }
    expect(await refused(database)).toContain('secrets.key is not the key')
  })
})
