/** What the console hears of the rights of whoever is signed in. */
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { Visitor } from './visitor.ts'

let server: TestServer
let reader: Visitor
beforeAll(async () => {
  server = await startTestServer()
  await server.iam.send(new CreateUserCommand({ UserName: 'reader' }))
  const lamp = `arn:aws:iot:us-east-1:000000000000:thing/lamp`
  const Statement = [
    { Effect: 'Allow', Action: 'iot:List*', Resource: '*' },
    { Effect: 'Allow', Action: 'iot:UpdateThing', Resource: lamp },
  ]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await server.iam.send(new PutUserPolicyCommand({ UserName: 'reader', PolicyName: 'own', PolicyDocument }))
  const { AccessKey } = await server.iam.send(new CreateAccessKeyCommand({ UserName: 'reader' }))
  reader = new Visitor(server.endpoints.apiUrl)
  await reader.signIn({
    accessKeyId: AccessKey!.AccessKeyId!,
    secretAccessKey: AccessKey!.SecretAccessKey!,
  })
})
afterAll(() => server[Symbol.asyncDispose]())

const ask = (visitor: Visitor, ...actions: string[]) =>
  visitor.call({
    path: `/console/permissions?${actions.map((action) => `action=${encodeURIComponent(action)}`).join('&')}`,
  })

it('tells which actions are denied whatever the resource', async () => {
  const { body } = await ask(reader, 'iot:ListThings', 'iot:UpdateThing', 'iot:CreateThing', 'muster:Retry')
  expect(body).toEqual({ denied: ['iot:CreateThing', 'muster:Retry'] })
})

it('denies root nothing', async () => {
  const root = new Visitor(server.endpoints.apiUrl)
  await root.signIn(server.rootKey)
  expect((await ask(root, 'iot:CreateThing', 'iam:CreateUser')).body).toEqual({ denied: [] })
})

it.each([
  ['nothing', []],
  ['what is no action', ['CreateThing']],
  ['a pattern', ['iot:*']],
  ['too many', Array.from({ length: 101 }, (_, at) => `iot:Create${at}`)],
])('refuses to be asked about %s', async (_title, actions) => {
  expect((await ask(reader, ...actions)).status).toBe(400)
})

it('tells nobody who is not signed in', async () => {
  expect((await ask(new Visitor(server.endpoints.apiUrl), 'iot:ListThings')).status).toBe(403)
})
