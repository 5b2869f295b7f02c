/** What the policy simulator says, and why. */
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
  CreateThingCommand,
} from '@aws-sdk/client-iot'
import { describe, expect, it } from 'vitest'
import type { TestServer } from '../helpers/server.ts'
import { createUser } from './users.ts'
import { visitServer } from './visit-server.ts'
import { Visitor } from './visitor.ts'

let server: TestServer
let visitor: Visitor
let certificateId: string
let principal: string

const arn = (resource: string) => `arn:aws:iot:us-east-1:000000000000:${resource}`
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })

visitServer(async (here) => {
  ;({ server, visitor } = here)
  const made = await server.iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }))
  certificateId = made.certificateId!
  principal = made.certificateArn!
  await server.iot.send(new CreateThingCommand({ thingName: 'lamp' }))
  await server.iot.send(new AttachThingPrincipalCommand({ thingName: 'lamp', principal }))
  const policyDocument = document(
    { Effect: 'Allow', Action: 'iot:Connect', Resource: arn('client/${iot:Connection.Thing.ThingName}') },
    {
      Sid: 'own',
      Effect: 'Allow',
      Action: 'iot:Publish',
      Resource: arn('topic/lamps/${iot:ClientId}/${iot:Connection.Thing.ThingTypeName}'),
    },
    { Effect: 'Deny', Action: 'iot:Publish', Resource: arn('topic/secret') },
  )
  await server.iot.send(new CreatePolicyCommand({ policyName: 'lamps', policyDocument }))
  await server.iot.send(new AttachPolicyCommand({ policyName: 'lamps', target: principal }))
})

const simulate = (body: object) =>
  visitor.call({ method: 'POST', path: '/muster/v1/policy-simulation', body })

describe('the policy simulator', () => {
  it('names the statement that allows, and the values it asked for', async () => {
    const { status, body } = await simulate({
      certificateId,
      clientId: 'lamp',
      action: 'iot:Connect',
      resource: 'lamp',
    })
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        decision: 'allow',
        explanation: expect.stringContaining('is allowed by statement 0 of policy lamps'),
        resource: arn('client/lamp'),
        statement: {
          policyName: 'lamps',
          target: principal,
          index: 0,
          document: expect.stringContaining('"iot:Connect"'),
        },
        variables: [{ name: 'iot:Connection.Thing.ThingName', value: 'lamp' }],
        policies: [{ policyName: 'lamps', target: principal }],
        certificateStatus: 'ACTIVE',
        thingName: 'lamp',
      },
    })
  })

  it('names the statement that came nearest, what had no value, and what would grant it', async () => {
    const { body } = await simulate({
      certificateId,
      clientId: 'lamp',
      action: 'iot:Publish',
      resource: 'lamps/lamp/bulb',
    })
    expect(body).toMatchObject({
      decision: 'implicit-deny',
      statement: { index: 1, sid: 'own' },
      variables: [{ name: 'iot:ClientId', value: 'lamp' }, { name: 'iot:Connection.Thing.ThingTypeName' }],
      suggestion: JSON.stringify({
        Effect: 'Allow',
        Action: 'iot:Publish',
        Resource: arn('topic/lamps/lamp/bulb'),
      }),
    })
  })

  it('names the statement that denies', async () => {
    const { body } = await simulate({ certificateId, action: 'iot:Publish', resource: arn('topic/secret') })
    expect(body).toMatchObject({ decision: 'explicit-deny', statement: { index: 2 } })
  })

  it('takes policies by name, and one that is not there yet, without a certificate', async () => {
    const policyDocument = document({ Effect: 'Allow', Action: 'iot:Subscribe', Resource: '*' })
    const { body } = await simulate({
      policyNames: ['lamps'],
      policyDocument,
      action: 'iot:Subscribe',
      resource: 'a/#',
    })
    expect(body).toMatchObject({
      decision: 'allow',
      resource: arn('topicfilter/a/#'),
      statement: { policyName: 'draft', index: 0 },
      policies: [{ policyName: 'lamps' }, { policyName: 'draft' }],
    })
    const own = await simulate({ policyNames: ['lamps'], action: 'iot:Connect', resource: 'lamp' })
    expect(own.body).toMatchObject({
      decision: 'implicit-deny',
      variables: [{ name: 'iot:Connection.Thing.ThingName' }],
    })
  })

  it('knows no policy at all', async () => {
    const { body } = await simulate({ action: 'iot:Connect', resource: 'lamp' })
    expect(body).toMatchObject({ decision: 'implicit-deny', policies: [], variables: [] })
    expect(body['statement']).toBeUndefined()
  })

  it.each<[string, object, number]>([
    ['nothing', {}, 400],
    ['another action without an ARN', { action: 'iot:GetThingShadow', resource: 'lamp' }, 400],
    ['a policy that is not there', { action: 'iot:Connect', resource: 'x', policyNames: ['none'] }, 404],
    [
      'a certificate that is not there',
      { action: 'iot:Connect', resource: 'x', certificateId: 'f'.repeat(64) },
      404,
    ],
    ['a document that is none', { action: 'iot:Connect', resource: 'x', policyDocument: '{' }, 400],
    [
      'too many policies',
      { action: 'iot:Connect', resource: 'x', policyNames: Array(11).fill('lamps') },
      400,
    ],
    ['names that are none', { action: 'iot:Connect', resource: 'x', policyNames: 'lamps' }, 400],
    ['a member that there is not', { action: 'iot:Connect', resource: 'x', policy: 'lamps' }, 400],
  ])('refuses %s', async (_what, body, status) => {
    expect((await simulate(body)).status).toBe(status)
  })

  it('is for those alone who may simulate', async () => {
    const stranger = new Visitor(visitor.origin)
    await stranger.signIn(await createUser(server, ['iot:*']))
    const { status, body } = await stranger.call({
      method: 'POST',
      path: '/muster/v1/policy-simulation',
      body: { action: 'iot:Connect', resource: 'x' },
    })
    expect(status).toBe(403)
    expect(body['message']).toContain('muster:SimulatePolicy')
  })
})
