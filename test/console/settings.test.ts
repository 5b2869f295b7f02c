/** What the server tells of its settings. */
import { CreateAccessKeyCommand, CreateUserCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { Visitor } from './visitor.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({}, { maxConnections: 77 })
})
afterAll(() => server[Symbol.asyncDispose]())

const path = '/muster/v1/settings'

it('tells ports, roots, options, and limits, and what these are without the operator', async () => {
  const visitor = new Visitor(server.endpoints.apiUrl)
  await visitor.signIn(server.rootKey)
  const { body } = await visitor.call({ path })
  expect(body).toMatchObject({
    endpoint: server.endpoints.endpoint,
    apiUrl: server.endpoints.apiUrl,
    ports: { mqtt: server.endpoints.mqttPort, https: server.endpoints.httpsPort },
    rootCaPem: server.rootCa,
    options: { mqttProfile: 'aws', journalMaxAgeDays: 30 },
  })
  const limits = body['limits'] as { name: string; value: number; default: number }[]
  const connections = limits.find(({ name }) => name === 'maxConnections')
  expect(connections).toMatchObject({ value: 77 })
  expect(connections!.default).toBeGreaterThan(77)
  expect(JSON.stringify(body)).not.toContain(server.rootKey.secretAccessKey)
})

it('tells nothing to whom muster:GetSettings is not allowed', async () => {
  await server.iam.send(new CreateUserCommand({ UserName: 'anna' }))
  const { AccessKey } = await server.iam.send(new CreateAccessKeyCommand({ UserName: 'anna' }))
  const visitor = new Visitor(server.endpoints.apiUrl)
  await visitor.signIn({ accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! })
  expect((await visitor.call({ path })).status).toBe(403)
})
