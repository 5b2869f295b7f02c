import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findCertificate } from '../../pki/certificates/index.ts'
import { createPolicy, effectivePolicies, findPolicy } from '../../rights/iot-policies/index.ts'
import { findThing, listPrincipalThings } from '../../registry/things/index.ts'
import {
  accountId,
  connect,
  createRole,
  openFleet,
  policyText,
  region,
  registerCa,
  registerJitpCa,
  templateOf,
  type Fleet,
} from '../../../test/helpers/fleet.ts'

let fleet: Fleet
beforeEach(async () => {
  fleet = await openFleet()
})
afterEach(() => fleet[Symbol.asyncDispose]())

const codes = () => fleet.entries.map(({ code }) => code)
const stored = (certificateId: string) => findCertificate(fleet.store.read, accountId, certificateId)
const certificateArn = (certificateId: string) => `arn:aws:iot:${region}:${accountId}:cert/${certificateId}`
const count = async (
  table: 'things' | 'certificates' | 'iot_policies' | 'thing_principals' | 'iot_policy_attachments',
) => {
  const rows = await fleet.store.read.selectFrom(table).select('account_id').execute()
  return rows.length
}

describe('just-in-time provisioning', () => {
  it('makes the thing, the policy, and the attachments, and lets the device in at its first connection', async () => {
    const template = templateOf({ thing: { AttributePayload: { version: 'v1' } } })
    const ca = await registerJitpCa(fleet, template)
    const device = ca.issue({ subject: 'CN=lamp-1' })
    const admission = await connect(fleet, device)
    expect(admission).toMatchObject({
      action: 'accept',
      certificate: { status: 'ACTIVE', caCertificateId: ca.caId },
    })
    expect(await stored(device.certificateId)).toMatchObject({
      status: 'ACTIVE',
      certificatePem: device.certificatePem,
    })
    expect(await findThing(fleet.store.read, accountId, 'lamp-1')).toMatchObject({
      attributes: { version: 'v1' },
    })
    const arn = certificateArn(device.certificateId)
    expect(await listPrincipalThings(fleet.store.read, accountId, arn)).toMatchObject([
      { thingName: 'lamp-1' },
    ])
    const policies = await effectivePolicies(fleet.store.read, accountId, [arn])
    expect(policies).toMatchObject([
      { policyDocument: policyText, policyName: expect.stringMatching(/^[0-9A-F]{40}$/) },
    ])
  })

  it('tells the journal what was made', async () => {
    const ca = await registerJitpCa(fleet)
    const device = ca.issue({ subject: 'CN=lamp-1' })
    await connect(fleet, device)
    expect(codes()).toEqual(['certificate-registered', 'provisioned'])
    expect(fleet.entries[1]).toMatchObject({
      certificateId: device.certificateId,
      caCertificateId: ca.caId,
      clientId: 'client-1',
      sourceIp: '192.0.2.7',
      thingName: 'lamp-1',
      details: {
        template: 'registrationConfig.templateBody',
        role: `arn:aws:iam::${accountId}:role/JITPRole`,
        thing: 'lamp-1',
        policies: [expect.stringMatching(/^[0-9A-F]{40}$/)],
        status: 'ACTIVE',
      },
    })
  })

  it('asks the journal and the template nothing when a provisioned device comes back', async () => {
    const ca = await registerJitpCa(fleet)
    const device = ca.issue({ subject: 'CN=lamp-1' })
    await connect(fleet, device)
    fleet.entries.length = 0
    fleet.events.length = 0
    expect(await connect(fleet, device)).toMatchObject({ action: 'accept' })
    expect([fleet.entries, fleet.events]).toEqual([[], []])
  })

  it('shares one policy between devices whose document is the same', async () => {
    const ca = await registerJitpCa(fleet)
    for (const name of ['lamp-1', 'lamp-2']) {
      expect(await connect(fleet, ca.issue({ subject: `CN=${name}` }))).toMatchObject({ action: 'accept' })
    }
    expect(await count('iot_policies')).toBe(1)
    expect(await count('iot_policy_attachments')).toBe(2)
  })

  it('provisions once when one certificate connects many times at once', async () => {
    const ca = await registerJitpCa(fleet)
    const device = ca.issue({ subject: 'CN=lamp-1' })
    const admissions = await Promise.all(
      Array.from({ length: 20 }, (_, n) => connect(fleet, device, `client-${n}`)),
    )
    expect(admissions.every(({ action }) => action === 'accept')).toBe(true)
    expect(codes()).toEqual(['certificate-registered', 'provisioned'])
  })

  it('provisions 100 devices at once, each once', async () => {
    const ca = await registerJitpCa(fleet)
    const devices = Array.from({ length: 100 }, (_, n) => ca.issue({ subject: `CN=lamp-${n}` }))
    const admissions = await Promise.all(devices.map((device) => connect(fleet, device)))
    expect(admissions.filter(({ action }) => action === 'accept')).toHaveLength(100)
    expect(await count('things')).toBe(100)
    expect(await count('thing_principals')).toBe(100)
    expect(await count('iot_policy_attachments')).toBe(100)
  })

  it('closes the first connection where the CA asks for it, and accepts the second', async () => {
    const ca = await registerJitpCa(fleet, templateOf(), { firstConnection: 'close' })
    const device = ca.issue({ subject: 'CN=lamp-1' })
    expect(await connect(fleet, device)).toMatchObject({ action: 'close', code: 'first-connection-closed' })
    expect(codes()).toContain('first-connection-closed')
    expect(await connect(fleet, device)).toMatchObject({ action: 'accept' })
  })

  it('runs a template that is named', async () => {
    const roleArn = await createRole(fleet)
    const templateName = 'lamps'
    const input = {
      templateName,
      templateBody: templateOf(),
      provisioningRoleArn: roleArn,
      type: 'JITP' as const,
    }
    await fleet.operations.CreateProvisioningTemplate(input, fleet.context)
    const ca = await registerCa(fleet, { registrationConfig: { templateName } })
    expect(await connect(fleet, ca.issue({ subject: 'CN=lamp-1' }))).toMatchObject({ action: 'accept' })
    expect(fleet.entries.at(-1)?.details).toMatchObject({ template: 'lamps', role: roleArn })
  })

  it('runs as a role that may attach certificates to some things alone', async () => {
    const actions = ['iot:CreateThing', 'iot:CreatePolicy', 'iot:AttachPolicy', 'iot:UpdateCertificate']
    const roleArn = await createRole(fleet, { actions })
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Action: 'iot:AttachThingPrincipal',
        Resource: 'arn:aws:iot:*:*:cert/*',
        Condition: { ArnLike: { 'iot:thingArn': 'arn:aws:iot:*:*:thing/lamp-*' } },
      },
    })
    const policy = { RoleName: 'JITPRole', PolicyName: 'lamps', PolicyDocument }
    await fleet.iam.PutRolePolicy(policy, fleet.context)
    const ca = await registerCa(fleet, { registrationConfig: { templateBody: templateOf(), roleArn } })
    expect(await connect(fleet, ca.issue({ subject: 'CN=lamp-1' }))).toMatchObject({ action: 'accept' })
    expect(await connect(fleet, ca.issue({ subject: 'CN=door-1' }))).toMatchObject({
      code: 'provisioning-failed',
    })
    expect(fleet.entries.at(-1)?.details).toMatchObject({ step: 'iot:AttachThingPrincipal' })
  })

  it('puts the thing into its groups and gives it its type and billing group', async () => {
    await makeRegistry()
    const thing = { ThingTypeName: 'Lamp', BillingGroup: 'Berlin', ThingGroups: ['lamps', 'north'] }
    const ca = await registerJitpCa(fleet, templateOf({ thing }))
    expect(await connect(fleet, ca.issue({ subject: 'CN=lamp-1' }))).toMatchObject({ action: 'accept' })
    expect(await findThing(fleet.store.read, accountId, 'lamp-1')).toMatchObject({
      thingTypeName: 'Lamp',
      billingGroupName: 'Berlin',
    })
    expect(fleet.entries.at(-1)?.details).toMatchObject({ thingGroups: ['lamps', 'north'] })
  })

  it('attaches a policy by name, and exclusively where asked', async () => {
    await fleet.store.transact((db) =>
      createPolicy(db, { accountId, policyName: 'lamps', policyDocument: policyText, now: new Date() }),
    )
    const template = templateOf({
      policy: { PolicyName: 'lamps' },
      certificate: { ThingPrincipalType: 'EXCLUSIVE_THING' },
    })
    const ca = await registerJitpCa(fleet, template)
    const device = ca.issue({ subject: 'CN=lamp-1' })
    await connect(fleet, device)
    const things = await listPrincipalThings(
      fleet.store.read,
      accountId,
      certificateArn(device.certificateId),
    )
    expect(things).toEqual([{ thingName: 'lamp-1', thingPrincipalType: 'EXCLUSIVE_THING' }])
  })

  it('publishes the registered event too', async () => {
    const ca = await registerJitpCa(fleet)
    await connect(fleet, ca.issue({ subject: 'CN=lamp-1' }))
    expect(fleet.events.map(({ topic }) => topic)).toEqual([`$aws/events/certificates/registered/${ca.caId}`])
  })
})

async function makeRegistry() {
  const { store } = fleet
  await store.transact(async (db) => {
    const now = Date.now()
    const type = {
      account_id: accountId,
      thing_type_name: 'Lamp',
      thing_type_id: 't',
      properties: '{}',
      creation_date: now,
    }
    await db
      .insertInto('thing_types')
      .values({ ...type, deprecation_date: null })
      .execute()
    const billing = {
      account_id: accountId,
      billing_group_name: 'Berlin',
      billing_group_id: 'b',
      description: '',
    }
    await db
      .insertInto('billing_groups')
      .values({ ...billing, version: 1, creation_date: now })
      .execute()
    for (const name of ['lamps', 'north']) {
      const group = {
        account_id: accountId,
        thing_group_name: name,
        thing_group_id: name,
        thing_group_arn: name,
      }
      const rest = {
        parent_group_name: null,
        root_group_name: name,
        description: '',
        attributes: '{}',
        version: 1,
      }
      await db
        .insertInto('thing_groups')
        .values({ ...group, ...rest, creation_date: now })
        .execute()
    }
  })
}

describe('a thing that exists', () => {
  const connectTwice = async (overrides: Record<string, string> | undefined) => {
    const thing = {
      AttributePayload: { version: 'v2', size: 'xl' },
      ThingTypeName: 'Lamp',
      ThingGroups: ['lamps'],
    }
    await makeRegistry()
    await fleet.store.transact(async (db) => {
      const row = {
        account_id: accountId,
        thing_name: 'lamp-1',
        thing_id: 'x',
        thing_type_name: null,
        billing_group_name: null,
      }
      await db
        .insertInto('things')
        .values({ ...row, attributes: '{"color":"red","version":"v1"}', version: 1, creation_date: 1 })
        .execute()
      await db
        .insertInto('thing_group_members')
        .values({ account_id: accountId, thing_name: 'lamp-1', thing_group_name: 'north' })
        .execute()
    })
    const ca = await registerJitpCa(fleet, templateOf({ thing, ...(overrides && { overrides }) }))
    const admission = await connect(fleet, ca.issue({ subject: 'CN=lamp-1' }))
    const found = await findThing(fleet.store.read, accountId, 'lamp-1')
    const members = await fleet.store.read
      .selectFrom('thing_group_members')
      .select('thing_group_name')
      .execute()
    return { admission, thing: found, groups: members.map((row) => row.thing_group_name).toSorted() }
  }

  it('is left as it is without OverrideSettings, and the certificate is attached', async () => {
    const { admission, thing, groups } = await connectTwice(undefined)
    expect(admission).toMatchObject({ action: 'accept' })
    expect(thing).toMatchObject({ attributes: { color: 'red', version: 'v1' }, version: 1 })
    expect(groups).toEqual(['north'])
    expect(await count('thing_principals')).toBe(1)
    expect(fleet.entries.at(-1)?.details).toMatchObject({ thing: 'lamp-1 (existed)' })
  })

  it('is merged with the template', async () => {
    const { thing, groups } = await connectTwice({
      AttributePayload: 'MERGE',
      ThingTypeName: 'REPLACE',
      ThingGroups: 'MERGE',
    })
    expect(thing).toMatchObject({
      attributes: { color: 'red', version: 'v2', size: 'xl' },
      thingTypeName: 'Lamp',
    })
    expect(groups).toEqual(['lamps', 'north'])
  })

  it('is replaced by the template', async () => {
    const { thing, groups } = await connectTwice({
      THING_TYPE_NAME: 'REPLACE',
      ATTRIBUTE_PAYLOAD: 'REPLACE',
      THING_GROUPS: 'REPLACE',
    })
    expect(thing).toMatchObject({ attributes: { version: 'v2', size: 'xl' }, thingTypeName: 'Lamp' })
    expect(groups).toEqual(['lamps'])
  })

  it.each(['AttributePayload', 'ThingTypeName', 'ThingGroups'])(
    'fails where %s differs and must not',
    async (setting) => {
      const { admission, thing } = await connectTwice({ [setting]: 'FAIL' })
      expect(admission).toMatchObject({ action: 'close', code: 'provisioning-failed' })
      expect(thing).toMatchObject({ version: 1 })
      expect(fleet.entries.at(-1)?.details).toMatchObject({
        error: 'ConflictingResourceUpdateException',
        text: expect.stringContaining(`OverrideSettings.${setting} is FAIL`),
      })
    },
  )
})

it('uses the policy of an unnamed document as it stands, also after an operator gave it another version', async () => {
  const ca = await registerJitpCa(fleet)
  await connect(fleet, ca.issue({ subject: 'CN=lamp-1' }))
  const [policy] = await fleet.store.read.selectFrom('iot_policies').select('policy_name').execute()
  const changed = policyText.replace('iot:Connect', 'iot:Publish')
  await fleet.store.transact((db) =>
    db.updateTable('iot_policy_versions').set({ document: changed }).execute(),
  )
  expect(await connect(fleet, ca.issue({ subject: 'CN=lamp-2' }))).toMatchObject({ action: 'accept' })
  expect(await findPolicy(fleet.store.read, accountId, policy!.policy_name)).toMatchObject({
    policyDocument: changed,
  })
})
