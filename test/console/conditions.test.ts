/** What policies can know of a request of the console is what is true of it: the address, the region, and whether it is over TLS. */
import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { CreateKeysAndCertificateCommand } from '@aws-sdk/client-iot'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { askForSocket } from './mqtt-guest.ts'
import { allow, createUser } from './users.ts'
import { Visitor } from './visitor.ts'

const granted = { Effect: 'Allow', Action: 'muster:*', Resource: '*' }
const onlyIf = (Condition: object) => [{ ...granted, Condition }]
const notIf = (Condition: object) => [granted, { ...granted, Effect: 'Deny', Condition }]
const secure = (isSecure: boolean) => ({ Bool: { 'aws:SecureTransport': String(isSecure) } })

describe.each([
  ['plain HTTP', 'off', false],
  ['TLS', 'muster', true],
] as const)('over %s', (_how, apiTls, isSecure) => {
  let server: TestServer
  let visitor: Visitor
  let certificateId: string
  let UserName: string
  const defaults = getCACertificates('default')

  beforeAll(async () => {
    server = await startTestServer({ apiTls })
    const { apiCaFile } = server.endpoints
    if (apiCaFile !== undefined) setDefaultCACertificates([...defaults, readFileSync(apiCaFile, 'utf8')])
    const made = await server.iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }))
    certificateId = made.certificateId!
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    setDefaultCACertificates(defaults)
  })
  beforeEach(async () => {
    visitor = new Visitor(server.endpoints.apiUrl)
    const user = await createUser(server, ['sts:GetCallerIdentity'])
    UserName = user.UserName
    await visitor.signIn(user)
  })

  /** Whether the visitor acts as a device, hears that they may, reads the feed, and is offered it. */
  async function findOut(): Promise<boolean[]> {
    const socket = await askForSocket(visitor, { actAs: certificateId })
    const check = await visitor.call({ path: `/console/mqtt?actAs=${certificateId}` })
    const feed = await visitor.fetch({ path: '/console/events' })
    await feed.body?.cancel()
    const { body } = await visitor.call({ path: '/console/permissions?action=muster:GetJournal' })
    return [
      socket === 101,
      check.status === 200,
      feed.status === 200,
      (body['denied'] as string[]).length === 0,
    ]
  }

  it.each<[string, object[], boolean]>([
    ['is granted over TLS alone', onlyIf(secure(true)), isSecure],
    ['is granted over plain HTTP alone', onlyIf(secure(false)), !isSecure],
    ['is denied over TLS', notIf(secure(true)), !isSecure],
    ['is denied over plain HTTP', notIf(secure(false)), isSecure],
    ['is denied from elsewhere', notIf({ NotIpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }), true],
    ['is denied from here', notIf({ IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }), false],
    ['is denied in other regions', notIf({ StringNotEquals: { 'aws:RequestedRegion': 'us-east-1' } }), true],
    ['is denied in this region', notIf({ StringEquals: { 'aws:RequestedRegion': 'us-east-1' } }), false],
    ['takes a second factor', onlyIf({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } }), false],
  ])('what %s', async (_what, statements, isAllowed) => {
    await allow(server, UserName, ...statements)
    const isOffered = isAllowed || statements.length === 1 // what misses by a condition may fit another time
    expect(await findOut()).toEqual([isAllowed, isAllowed, isAllowed, isOffered])
  })
})
