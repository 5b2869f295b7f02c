import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findCertificate } from '../../pki/certificates/index.ts'
import { createPolicy } from '../../rights/iot-policies/index.ts'
import {
  accountId,
  connect,
  createRole,
  openFleet,
  policyText,
  pseudo,
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
const count = async (
  table: 'things' | 'certificates' | 'iot_policies' | 'thing_principals' | 'iot_policy_attachments',
) => {
  const rows = await fleet.store.read.selectFrom(table).select('account_id').execute()
  return rows.length
}

describe('provisioning that fails', () => {
  const attempt = async (template: string, subject = 'CN=lamp-1') => {
    const ca = await registerJitpCa(fleet, template)
    const device = ca.issue({ subject })
    const admission = await connect(fleet, device)
    return { admission, device, entry: fleet.entries.at(-1), certificate: await stored(device.certificateId) }
  }
  const country = pseudo('Country')

  it.each<[string, string, Record<string, unknown>]>([
    [
      'a parameter that the subject lacks',
      templateOf({
        parameters: [country, pseudo('CommonName'), pseudo('Id')],
        thing: { AttributePayload: { country: { Ref: country } } },
      }),
      {
        place: `Parameters.${country}`,
        error: 'InvalidRequestException',
        text: expect.stringContaining("the certificate's subject has no Country"),
      },
    ],
    [
      'a policy that is missing',
      templateOf({ policy: { PolicyName: 'lamps' } }),
      {
        place: 'Resources.policy',
        step: 'iot:AttachPolicy',
        error: 'ResourceNotFoundException',
        text: expect.stringContaining('lamps'),
      },
    ],
    [
      'a thing type that is missing',
      templateOf({ thing: { ThingTypeName: 'Lamp' } }),
      { place: 'Resources.thing', step: 'iot:CreateThing', error: 'ResourceNotFoundException' },
    ],
    [
      'a thing group that is missing',
      templateOf({ thing: { ThingGroups: ['lamps'] } }),
      { place: 'Resources.thing', step: 'iot:AddThingToThingGroup', error: 'ResourceNotFoundException' },
    ],
    [
      'a billing group that is missing',
      templateOf({ thing: { BillingGroup: 'Berlin' } }),
      { place: 'Resources.thing', step: 'iot:CreateThing', error: 'ResourceNotFoundException' },
    ],
    [
      'too many attributes',
      templateOf({ thing: { AttributePayload: { a: 'a', b: 'b', c: 'c', d: 'd' } } }),
      { place: 'Resources.thing', step: 'iot:CreateThing', error: 'InvalidRequestException' },
    ],
  ])(
    'because of %s leaves nothing but the pending certificate with its reason',
    async (_, template, details) => {
      const { admission, device, entry, certificate } = await attempt(template)
      expect(admission).toEqual({
        action: 'close',
        code: 'provisioning-failed',
        certificateId: device.certificateId,
      })
      expect(codes()).toEqual(['certificate-registered', 'provisioning-failed'])
      expect(entry?.details).toMatchObject({ role: `arn:aws:iam::${accountId}:role/JITPRole`, ...details })
      expect(certificate).toMatchObject({
        status: 'PENDING_ACTIVATION',
        pendingReason: expect.stringContaining(String(details['error'])),
      })
      expect(
        await Promise.all([
          count('things'),
          count('iot_policies'),
          count('thing_principals'),
          count('iot_policy_attachments'),
        ]),
      ).toEqual([0, 0, 0, 0])
    },
  )

  it.each([
    ['*', 'it holds "*"'],
    ['+', 'it holds "+"'],
    ['#', 'it holds "#"'],
    ['${iot:ClientId}', 'it holds "$"'],
    ['../../x', 'it holds "."'],
    ['x'.repeat(10_240), 'is 10240 characters long; a thing name has at most 128'],
  ])('because of a hostile common name (%#) says what is wrong with it', async (name, reason) => {
    const ca = await registerJitpCa(fleet)
    const device = ca.issue({ subject: [['CN', name]] })
    expect(await connect(fleet, device)).toMatchObject({ action: 'close', code: 'provisioning-failed' })
    expect(fleet.entries.at(-1)?.details?.['text']).toContain(reason)
    expect((await stored(device.certificateId))?.pendingReason).toContain(reason)
    expect(await count('things')).toBe(0)
  })

  it('fails each step as the role would', async () => {
    const actions = [
      'iot:CreateThing',
      'iot:CreatePolicy',
      'iot:AttachPolicy',
      'iot:AttachThingPrincipal',
      'iot:UpdateCertificate',
    ]
    for (const [index, missing] of actions.entries()) {
      const roleArn = await createRole(fleet, {
        name: `Role${index}`,
        actions: actions.filter((action) => action !== missing),
      })
      const ca = await registerCa(fleet, { registrationConfig: { templateBody: templateOf(), roleArn } })
      await connect(fleet, ca.issue({ subject: `CN=lamp-${index}` }))
      expect(fleet.entries.at(-1)?.details).toMatchObject({
        step: missing,
        role: roleArn,
        error: 'AccessDeniedException',
        text: expect.stringContaining(
          `User: arn:aws:sts::${accountId}:assumed-role/Role${index}/iot-provisioning is not authorized to perform: ${missing} on resource: `,
        ),
      })
    }
    expect(await count('things')).toBe(0)
  })

  it('is tried again with the next connection, and the reason goes away', async () => {
    const { device } = await attempt(templateOf({ policy: { PolicyName: 'lamps' } }))
    expect(await connect(fleet, device)).toMatchObject({ code: 'provisioning-failed' })
    await fleet.store.transact((db) =>
      createPolicy(db, { accountId, policyName: 'lamps', policyDocument: policyText, now: new Date() }),
    )
    expect(await connect(fleet, device)).toMatchObject({ action: 'accept' })
    const certificate = await stored(device.certificateId)
    expect(certificate?.status).toBe('ACTIVE')
    expect(certificate?.pendingReason).toBeUndefined()
    expect(codes()).toEqual([
      'certificate-registered',
      'provisioning-failed',
      'provisioning-failed',
      'provisioned',
    ])
  })

  it('writes nothing again while the reason stays the same', async () => {
    const { device, certificate } = await attempt(templateOf({ policy: { PolicyName: 'lamps' } }))
    fleet.clock.now = new Date(fleet.clock.now.getTime() + 60_000)
    await connect(fleet, device)
    expect((await stored(device.certificateId))?.lastModifiedDate).toEqual(certificate?.lastModifiedDate)
  })

  it('because the role is gone, or no longer trusts AWS IoT, says so', async () => {
    const ca = await registerJitpCa(fleet)
    const trust = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ],
    }
    await fleet.iam.UpdateAssumeRolePolicy(
      { RoleName: 'JITPRole', PolicyDocument: JSON.stringify(trust) },
      fleet.context,
    )
    await connect(fleet, ca.issue({ subject: 'CN=lamp-1' }))
    expect(fleet.entries.at(-1)?.details?.['text']).toContain('does not allow the service iot.amazonaws.com')
    await fleet.iam.DeleteRolePolicy({ RoleName: 'JITPRole', PolicyName: 'own' }, fleet.context)
    await fleet.iam.DeleteRole({ RoleName: 'JITPRole' }, fleet.context)
    await connect(fleet, ca.issue({ subject: 'CN=lamp-2' }))
    expect(fleet.entries.at(-1)?.details?.['text']).toContain('does not exist')
  })

  it('keeps a device out that the template makes INACTIVE', async () => {
    const { admission, certificate } = await attempt(templateOf({ certificate: { Status: 'INACTIVE' } }))
    expect(admission).toMatchObject({ action: 'close', code: 'certificate-inactive' })
    expect(certificate?.status).toBe('INACTIVE')
    expect(codes()).toEqual(['certificate-registered', 'provisioned', 'certificate-inactive'])
  })

  it('does not bring a certificate back that was revoked meanwhile', async () => {
    const { device } = await attempt(templateOf({ policy: { PolicyName: 'lamps' } }))
    await fleet.store.transact((db) =>
      createPolicy(db, { accountId, policyName: 'lamps', policyDocument: policyText, now: new Date() }),
    )
    const revoking = fleet.certificates.UpdateCertificate(
      { certificateId: device.certificateId, newStatus: 'REVOKED' },
      fleet.context,
    )
    const [, admission] = await Promise.all([revoking, connect(fleet, device)])
    expect(admission).toMatchObject({ action: 'close', code: 'certificate-revoked' })
    expect(await stored(device.certificateId)).toMatchObject({ status: 'REVOKED' })
  })
})
