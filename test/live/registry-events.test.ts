/** Events of the registry over MQTT and in rules, switched on by boto3's own names, as official clients cause them. */
import {
  AddThingToThingGroupCommand,
  AttachPolicyCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateThingCommand,
  CreateThingGroupCommand,
  CreateThingTypeCommand,
  CreateTopicRuleCommand,
  DeleteCACertificateCommand,
  DeleteCertificateCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteThingCommand,
  DeleteThingGroupCommand,
  DeprecateThingTypeCommand,
  DescribeEventConfigurationsCommand,
  DetachPolicyCommand,
  RemoveThingFromThingGroupCommand,
  UpdateCACertificateCommand,
  UpdateCertificateCommand,
  UpdateEventConfigurationsCommand,
  UpdateThingCommand,
  UpdateThingGroupCommand,
  type EventType,
} from '@aws-sdk/client-iot'
import type { MqttClient } from 'mqtt'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectDevice } from '../helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../helpers/jitp.ts'
import { createRole } from '../helpers/jitr.ts'
import { patienceMs } from '../helpers/patience.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let reader: MqttClient
let readerIdentity: { certificatePem: string; privateKeyPem: string }
const heard: { topic: string; body: Record<string, unknown> }[] = []

beforeAll(async () => {
  server = await startTestServer()
  readerIdentity = await makeReader()
  reader = await connectDevice(server, { ...readerIdentity, clientId: 'reader' })
  reader.on('message', (topic, payload) => {
    heard.push({ topic, body: JSON.parse(payload.toString()) as Record<string, unknown> })
  })
  await reader.subscribeAsync(['$aws/events/#', 'routed'], { qos: 1 })
  const roleArn = await createRole(server, {
    name: 'rules',
    service: 'iot.amazonaws.com',
    actions: ['iot:Publish'],
  })
  const sql = "SELECT thingName, operation, topic() AS topic FROM '$aws/events/thing/+/created'"
  const topicRulePayload = { sql, actions: [{ republish: { topic: 'routed', roleArn, qos: 1 } }] }
  await server.iot.send(new CreateTopicRuleCommand({ ruleName: 'route', topicRulePayload }))
})

afterAll(async () => {
  await reader.endAsync(true)
  await server[Symbol.asyncDispose]()
})

/** May subscribe to events, as AWS's guide has it, and to what the rule makes of them. */
async function makeReader() {
  const { iot } = server
  const { certificateArn, certificatePem, keyPair } = await iot.send(
    new CreateKeysAndCertificateCommand({ setAsActive: true }),
  )
  const of = (kind: string, name: string) => `arn:aws:iot:us-east-1:*:${kind}/${name}`
  const Statement = [
    { Effect: 'Allow', Action: 'iot:Connect', Resource: '*' },
    {
      Effect: 'Allow',
      Action: ['iot:Subscribe', 'iot:Receive'],
      Resource: ['topicfilter', 'topic'].flatMap((kind) => [of(kind, '$aws/events/*'), of(kind, 'routed')]),
    },
  ]
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iot.send(new CreatePolicyCommand({ policyName: 'events', policyDocument }))
  await iot.send(new AttachPolicyCommand({ policyName: 'events', target: certificateArn! }))
  return { certificatePem: certificatePem!, privateKeyPem: keyPair!.PrivateKey! }
}

const set = (Enabled: boolean, ...types: EventType[]) =>
  server.iot.send(
    new UpdateEventConfigurationsCommand({
      eventConfigurations: Object.fromEntries(types.map((type) => [type, { Enabled }])),
    }),
  )

/** The bodies that came on the topic, without what is another each time. */
const on = (topic: string) =>
  heard
    .filter((one) => one.topic === `$aws/events/${topic}`)
    .map(({ body: { eventId, timestamp, ...body } }) => {
      expect([typeof eventId, typeof timestamp]).toEqual(['string', 'number'])
      return body
    })

/** Of an event that comes after all that was caused before. */
const untilHeard = (topic: string) =>
  expect.poll(() => on(topic).length, { timeout: patienceMs }).toBeGreaterThan(0)

const id = expect.stringMatching(/^[0-9a-f-]{36}$/) as string

it('come for every kind that is switched on, with what AWS says in them', async () => {
  const { iot } = server
  const { accountId } = server.endpoints
  await iot.send(new CreateThingCommand({ thingName: 'unheard' }))
  await set(
    true,
    'THING',
    'THING_TYPE',
    'THING_TYPE_ASSOCIATION',
    'THING_GROUP',
    'THING_GROUP_MEMBERSHIP',
    'THING_GROUP_HIERARCHY',
  )
  const { eventConfigurations } = await iot.send(new DescribeEventConfigurationsCommand({}))
  expect([eventConfigurations!.THING, eventConfigurations!.JOB]).toEqual([
    { Enabled: true },
    { Enabled: false },
  ])
  const thingTypeProperties = { thingTypeDescription: 'lights', searchableAttributes: ['model'] }
  await iot.send(new CreateThingTypeCommand({ thingTypeName: 'Lamp', thingTypeProperties }))
  const attributes = { model: 'm1' }
  await iot.send(
    new CreateThingCommand({ thingName: 'lamp', thingTypeName: 'Lamp', attributePayload: { attributes } }),
  )
  await iot.send(new UpdateThingCommand({ thingName: 'lamp', removeThingType: true }))
  await iot.send(new CreateThingGroupCommand({ thingGroupName: 'house' }))
  await iot.send(new CreateThingGroupCommand({ thingGroupName: 'hall', parentGroupName: 'house' }))
  await iot.send(
    new UpdateThingGroupCommand({
      thingGroupName: 'hall',
      thingGroupProperties: { thingGroupDescription: 'dark' },
    }),
  )
  const membership = { thingName: 'lamp', thingGroupName: 'hall' }
  await iot.send(new AddThingToThingGroupCommand(membership))
  await iot.send(new AddThingToThingGroupCommand(membership)) // changes nothing, tells nothing
  await iot.send(new RemoveThingFromThingGroupCommand(membership))
  await iot.send(new DeleteThingGroupCommand({ thingGroupName: 'hall' }))
  await iot.send(new DeprecateThingTypeCommand({ thingTypeName: 'Lamp' }))
  await iot.send(new DeleteThingCommand({ thingName: 'lamp' }))
  await untilHeard('thing/lamp/deleted')

  const thing = { eventType: 'THING_EVENT', accountId, thingId: id, thingName: 'lamp' }
  expect(on('thing/lamp/created')).toEqual([
    { ...thing, operation: 'CREATED', versionNumber: 1, thingTypeName: 'Lamp', attributes },
  ])
  const later = { ...thing, versionNumber: 2, thingTypeName: null, attributes }
  expect(on('thing/lamp/updated')).toEqual([{ ...later, operation: 'UPDATED' }])
  expect(on('thing/lamp/deleted')).toEqual([{ ...later, operation: 'DELETED' }])
  const type = {
    eventType: 'THING_TYPE_EVENT',
    accountId,
    thingTypeId: id,
    thingTypeName: 'Lamp',
    searchableAttributes: ['model'],
    propagatingAttributes: [],
    description: 'lights',
  }
  expect(on('thingType/Lamp/created')).toEqual([
    { ...type, operation: 'CREATED', isDeprecated: false, deprecationDate: null },
  ])
  expect(on('thingType/Lamp/updated')).toEqual([
    { ...type, operation: 'UPDATED', isDeprecated: true, deprecationDate: expect.any(Number) as number },
  ])
  const association = { eventType: 'THING_TYPE_ASSOCIATION_EVENT', thingId: id, thingName: 'lamp' }
  for (const [end, operation] of [
    ['added', 'ADDED'],
    ['removed', 'REMOVED'],
  ])
    expect(on(`thingTypeAssociation/thing/lamp/thingType/Lamp/${end}`)).toEqual([
      { ...association, operation, thingTypeName: 'Lamp' },
    ])
  const house = {
    groupArn: `arn:aws:iot:us-east-1:${accountId}:thinggroup/house`,
    groupId: on('thingGroup/house/created')[0]!['thingGroupId'],
  }
  const group = {
    eventType: 'THING_GROUP_EVENT',
    accountId,
    thingGroupId: id,
    thingGroupName: 'hall',
    parentGroupName: 'house',
    parentGroupId: house.groupId,
    rootToParentThingGroups: [house],
    attributes: {},
    dynamicGroupMappingId: null,
  }
  expect(on('thingGroup/house/created')).toMatchObject([
    { parentGroupName: null, parentGroupId: null, rootToParentThingGroups: [] },
  ])
  expect(on('thingGroup/hall/created')).toEqual([
    { ...group, operation: 'CREATED', versionNumber: 1, description: null },
  ])
  const dark = { ...group, versionNumber: 2, description: 'dark' }
  expect(on('thingGroup/hall/updated')).toEqual([{ ...dark, operation: 'UPDATED' }])
  expect(on('thingGroup/hall/deleted')).toEqual([{ ...dark, operation: 'DELETED' }])
  const inside = {
    eventType: 'THING_GROUP_MEMBERSHIP_EVENT',
    accountId,
    groupArn: `arn:aws:iot:us-east-1:${accountId}:thinggroup/hall`,
    groupId: on('thingGroup/hall/created')[0]!['thingGroupId'],
    thingArn: `arn:aws:iot:us-east-1:${accountId}:thing/lamp`,
    thingId: on('thing/lamp/created')[0]!['thingId'],
    membershipId: id,
  }
  const hierarchy = {
    eventType: 'THING_GROUP_HIERARCHY_EVENT',
    accountId,
    thingGroupId: house.groupId,
    thingGroupName: 'house',
    childGroupId: inside.groupId,
    childGroupName: 'hall',
  }
  for (const [end, operation] of [
    ['added', 'ADDED'],
    ['removed', 'REMOVED'],
  ]) {
    expect(on(`thingGroupMembership/thingGroup/hall/thing/lamp/${end}`)).toEqual([{ ...inside, operation }])
    expect(on(`thingGroupHierarchy/thingGroup/house/childThingGroup/hall/${end}`)).toEqual([
      { ...hierarchy, operation },
    ])
  }
  expect(heard.filter(({ topic }) => topic.includes('unheard'))).toEqual([])
  await expect
    .poll(() => heard.filter(({ topic }) => topic === 'routed').map(({ body }) => body))
    .toEqual([{ thingName: 'lamp', operation: 'CREATED', topic: '$aws/events/thing/lamp/created' }])
})

it('come of things that devices are provisioned as, and of none whose template failed', async () => {
  await set(true, 'THING')
  const roleArn = await createProvisioningRole(server)
  const templateBody = provisioningTemplate()
  const ca = await registerCa(server, { registrationConfig: { roleArn, templateBody } })
  const good = ca.issue({
    subject: [
      ['C', 'NL'],
      ['CN', 'provisioned'],
    ],
  })
  const bad = ca.issue({
    subject: [
      ['C', 'NL'],
      ['CN', 'no thing name'],
    ],
  })
  await expect(connectDevice(server, { ...bad, clientId: 'bad' })).rejects.toThrow('closed')
  const device = await connectDevice(server, { ...good, clientId: 'provisioned' })
  await untilHeard('thing/provisioned/created')
  await device.endAsync(true)
  expect(heard.filter(({ topic }) => topic.includes('no thing name'))).toEqual([])
})

it('stop when their kind is switched off', async () => {
  const { iot } = server
  await set(false, 'THING')
  await iot.send(new CreateThingCommand({ thingName: 'quiet' }))
  await set(true, 'THING')
  await iot.send(new CreateThingCommand({ thingName: 'loud' }))
  await untilHeard('thing/loud/created')
  expect(on('thing/quiet/created')).toEqual([])
})

/** Everything that changes certificates, CAs, and policies, from their making to their deletion. */
async function changeCertificatesAndPolicies(policyName: string): Promise<void> {
  const { iot } = server
  const Statement = [{ Effect: 'Deny', Action: 'iot:Publish', Resource: '*' }]
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  const { certificateArn: target, certificateId } = await iot.send(
    new CreateKeysAndCertificateCommand({ setAsActive: true }),
  )
  await iot.send(new CreatePolicyCommand({ policyName, policyDocument }))
  await iot.send(new CreatePolicyVersionCommand({ policyName, policyDocument, setAsDefault: true }))
  await iot.send(new AttachPolicyCommand({ policyName, target: target! }))
  await iot.send(new DetachPolicyCommand({ policyName, target: target! }))
  await iot.send(new DeletePolicyVersionCommand({ policyName, policyVersionId: '1' }))
  await iot.send(new DeletePolicyCommand({ policyName }))
  await iot.send(new UpdateCertificateCommand({ certificateId: certificateId!, newStatus: 'INACTIVE' }))
  await iot.send(new DeleteCertificateCommand({ certificateId: certificateId! }))
  const ca = { certificateId: (await registerCa(server, { allowAutoRegistration: false })).caCertificateId }
  await iot.send(new UpdateCACertificateCommand({ ...ca, newStatus: 'INACTIVE' }))
  await iot.send(new DeleteCACertificateCommand(ca))
}

/** Below `$aws/events/`, of what was heard after the first `before`. */
const topicsFrom = (before: number) =>
  heard
    .slice(before)
    .filter(({ topic }) => topic.startsWith('$aws/events/'))
    .map(({ topic }) => topic.replace('$aws/events/', ''))
    .toSorted()

/**
 * AWS lists no message of policies, one of CAs (a device waits for its registration), and for certificates those of
 * clients: AWS IoT Developer Guide, "Event messages", the table of event configuration settings.
 */
it.each([false, true])(
  'come of devices that register and of clients, and of nothing else, with the other switches at %s',
  async (enabled) => {
    await set(false, 'THING_TYPE', 'THING_GROUP', 'THING_GROUP_MEMBERSHIP', 'THING_GROUP_HIERARCHY')
    await set(true, 'THING')
    await set(enabled, 'CERTIFICATE', 'CA_CERTIFICATE', 'POLICY', 'JOB', 'JOB_EXECUTION')
    const ca = await registerCa(server)
    const before = heard.length
    await changeCertificatesAndPolicies(`kept-${enabled}`)
    const newcomer = { ...ca.issue({ subject: [['CN', 'newcomer']] }), clientId: 'newcomer' }
    await expect(connectDevice(server, newcomer)).rejects.toThrow('closed')
    const clientId = `visitor-${enabled}`
    await (await connectDevice(server, { ...readerIdentity, clientId })).endAsync()
    const always = [
      `certificates/registered/${ca.caCertificateId}`,
      `presence/connected/${clientId}`,
      `presence/disconnected/${clientId}`,
    ]
    await expect.poll(() => topicsFrom(before)).toEqual(always)
    await server.iot.send(new CreateThingCommand({ thingName: `mark-${enabled}` }))
    await untilHeard(`thing/mark-${enabled}/created`)
    expect(topicsFrom(before)).toEqual([...always, `thing/mark-${enabled}/created`])
  },
)
