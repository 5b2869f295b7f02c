/** `muster copy` from one Muster to another, as a person runs it. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreatePolicyCommand,
  CreateThingCommand,
  DeletePolicyVersionCommand,
  DescribeCACertificateCommand,
  DescribeCertificateCommand,
  DescribeThingCommand,
  DescribeThingGroupCommand,
  DescribeThingTypeCommand,
  GetPolicyCommand,
  GetRegistrationCodeCommand,
  GetTopicRuleCommand,
  ListPolicyVersionsCommand,
  ListTagsForResourceCommand,
  ListTargetsForPolicyCommand,
  ListThingGroupsForThingCommand,
  ListThingPrincipalsV2Command,
  RemoveThingFromBillingGroupCommand,
  RemoveThingFromThingGroupCommand,
  UntagResourceCommand,
  DescribeProvisioningTemplateCommand,
  DescribeRoleAliasCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeVerificationCertificate } from '../helpers/certificates.ts'
import { connectDevice } from '../helpers/device.ts'
import { createProvisioningRole } from '../helpers/jitp.ts'
import { runMuster, type Ended } from '../helpers/muster.ts'
import { freshDirectory, startTestServer, type TestServer } from '../helpers/server.ts'
import { documentOf, fillSource, oddThings, roleName, type Source } from './copy-source.ts'

const directory = freshDirectory()
let from: TestServer
let to: TestServer
let source: Source
beforeAll(async () => {
  from = await startTestServer({ accountId: '111122223333', region: 'eu-west-1' })
  to = await startTestServer()
  source = await fillSource(from)
  await createProvisioningRole(to, roleName)
  await to.iot.send(
    new CreatePolicyCommand({
      policyName: 'taken',
      policyDocument: documentOf({ Effect: 'Allow', Action: 'iot:Connect', Resource: '*' }),
    }),
  )
  const attributePayload = { attributes: { serial: '8' } }
  await to.iot.send(new CreateThingCommand({ thingName: 'taken', attributePayload }))
})
afterAll(async () => {
  await from[Symbol.asyncDispose]()
  await to[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

const copy = (...args: string[]): Promise<Ended> =>
  runMuster(['copy', '--from-data-dir', from.dataDir, '--to-data-dir', to.dataDir, ...args], { directory })

interface Told {
  plan: boolean
  counts: Record<string, Record<string, number>>
  items: { kind: string; name: string; state: string; why?: string }[]
}

const toTold = ({ stdout }: Ended) => JSON.parse(stdout) as Told

describe('muster copy', () => {
  it('plans, names what is in the way and what it needs, and does nothing', async () => {
    const ended = await copy('--plan')
    expect(ended.stderr).toBe('')
    expect(ended.stdout).toContain(
      'IN THE WAY: policies taken: what is there differs in the version that counts',
    )
    expect(ended.stdout).toContain(
      'IN THE WAY: things taken: what is there differs in thingTypeName, attributes',
    )
    expect(ended.stdout).toContain(
      `NEEDS YOU: cas ${source.caWithProof.caCertificateId}: mode DEFAULT: give --proofs`,
    )
    expect(ended.stdout).toContain('policies five: 5 versions')
    expect(ended.stdout).toContain('This was the plan: nothing has been done.')
    expect(ended.code).toBe(1)
    await expect(to.iot.send(new GetPolicyCommand({ policyName: 'five' }))).rejects.toThrow('five')
  })

  it('copies all but what somebody must decide about, and has nothing to do the second time', async () => {
    const proofs = join(directory, 'proofs')
    mkdirSync(proofs)
    const { registrationCode } = await to.iot.send(new GetRegistrationCodeCommand({}))
    const { certificatePem } = makeVerificationCertificate(source.caWithProof, registrationCode!)
    writeFileSync(join(proofs, `${source.caWithProof.caCertificateId}.pem`), certificatePem)
    const first = toTold(await copy('--json', '--proofs', proofs))
    const taken = { state: 'left-out', why: 'taken is not there as it is here' }
    expect(first.items).toEqual([
      { kind: 'policies', name: 'taken', state: 'in-the-way', why: expect.stringContaining('counts') },
      { kind: 'things', name: 'taken', state: 'in-the-way', why: expect.stringContaining('attributes') },
      { kind: 'attachments', name: `policy taken to ${source.device.certificateId}`, ...taken },
    ])
    expect(first.counts).toEqual({
      'thing-types': { made: 2 },
      'billing-groups': { made: 1 },
      'thing-groups': { made: 3 },
      policies: { 'in-the-way': 1, made: 1 },
      'role-aliases': { made: 1 },
      templates: { made: 2 },
      rules: { made: 1 },
      cas: { made: 2 },
      certificates: { made: 4 },
      things: { 'in-the-way': 1, made: 6 },
      memberships: { made: 2 },
      attachments: { 'left-out': 1, made: 4 },
      deprecations: { changed: 1 },
    })
    const again = await copy('--json')
    const states = Object.values(toTold(again).counts).flatMap((counts) => Object.keys(counts))
    expect([...new Set(states)].toSorted()).toEqual(['in-the-way', 'left-out', 'same'])
    const quiet = await copy('--only', 'things,certificates,thing-groups,cas,rules,templates')
    expect(quiet.stdout).toContain('0 done, 1 in need of somebody.')
    expect((await copy('--only', 'thing-groups,cas')).stdout).toContain('Nothing to do.')
  })

  it('lets a device with its old certificate in at the new place', async () => {
    const client = await connectDevice(to, { ...source.device, clientId: 'lamp-1' })
    await client.publishAsync('anything', 'hello', { qos: 1 })
    await client.endAsync()
    expect(client.connected).toBe(false)
  })
})

describe('what is copied', () => {
  it('is a policy with its versions and tags, whose default counts and whose ARNs are of the new account', async () => {
    const policyName = 'five'
    const { policyVersions } = await to.iot.send(new ListPolicyVersionsCommand({ policyName }))
    expect(policyVersions).toHaveLength(5)
    const { policyDocument, policyArn } = await to.iot.send(new GetPolicyCommand({ policyName }))
    expect(JSON.parse(policyDocument!)).toMatchObject({
      Statement: [{ Resource: 'arn:aws:iot:us-east-1:000000000000:*' }],
    })
    const { tags } = await to.iot.send(new ListTagsForResourceCommand({ resourceArn: policyArn! }))
    expect(tags).toEqual([{ Key: 'owner', Value: 'a+b c&d' }])
    const { targets } = await to.iot.send(new ListTargetsForPolicyCommand({ policyName }))
    expect(targets!.toSorted()).toEqual([
      `arn:aws:iot:us-east-1:000000000000:cert/${source.device.certificateId}`,
      'arn:aws:iot:us-east-1:000000000000:thinggroup/floor',
    ])
  })

  it.each(['ACTIVE', 'INACTIVE', 'REVOKED'] as const)('is a certificate that is %s', async (status) => {
    const question = { certificateId: source.certificateIds[status] }
    const { certificateDescription: here } = await from.iot.send(new DescribeCertificateCommand(question))
    const { certificateDescription: there } = await to.iot.send(new DescribeCertificateCommand(question))
    const told = ({ certificatePem, caCertificateId, certificateMode }: NonNullable<typeof here>) => ({
      certificatePem,
      caCertificateId,
      certificateMode,
    })
    expect(there!.status).toBe(status)
    expect(told(there!)).toEqual(told(here!))
  })

  it.each(oddThings)('is the thing %s', async (thingName) => {
    const thing = await to.iot.send(new DescribeThingCommand({ thingName }))
    expect(thing).toMatchObject({ thingTypeName: 'Lamp', attributes: { serial: '7', Color: 'red/blue' } })
  })

  it('is what a thing belongs to', async () => {
    const thingName = 'lamp-1'
    expect(await to.iot.send(new DescribeThingCommand({ thingName }))).toMatchObject({
      billingGroupName: 'bill',
    })
    const { thingGroups } = await to.iot.send(new ListThingGroupsForThingCommand({ thingName }))
    expect(thingGroups!.map(({ groupName }) => groupName)).toEqual(['aa-room'])
    const { thingPrincipalObjects } = await to.iot.send(new ListThingPrincipalsV2Command({ thingName }))
    const principal = `arn:aws:iot:us-east-1:000000000000:cert/${source.device.certificateId}`
    expect(thingPrincipalObjects).toEqual([{ principal, thingPrincipalType: 'EXCLUSIVE_THING' }])
  })

  it('is a group below its parent, and a deprecated thing type', async () => {
    const group = await to.iot.send(new DescribeThingGroupCommand({ thingGroupName: 'aa-room' }))
    expect(group.thingGroupMetadata!.parentGroupName).toBe('floor')
    const site = await to.iot.send(new DescribeThingGroupCommand({ thingGroupName: 'zz-site' }))
    expect(site.thingGroupProperties).toMatchObject({
      thingGroupDescription: 'here',
      attributePayload: { attributes: { city: 'Delft' } },
    })
    const old = await to.iot.send(new DescribeThingTypeCommand({ thingTypeName: 'Old' }))
    expect(old.thingTypeMetadata!.deprecated).toBe(true)
  })

  it('is what lets devices in: CAs, templates, role aliases, and rules, with roles of the new account', async () => {
    const roleArn = `arn:aws:iam::000000000000:role/${roleName}`
    const certificateId = source.caWithProof.caCertificateId
    const ca = await to.iot.send(new DescribeCACertificateCommand({ certificateId }))
    expect(ca).toMatchObject({
      certificateDescription: {
        status: 'ACTIVE',
        autoRegistrationStatus: 'ENABLE',
        certificateMode: 'DEFAULT',
      },
      registrationConfig: { templateName: 'first-connection' },
    })
    const sni = await to.iot.send(new DescribeCACertificateCommand({ certificateId: source.sniCaId }))
    expect(sni.certificateDescription).toMatchObject({ status: 'INACTIVE', certificateMode: 'SNI_ONLY' })
    const resourceArn = sni.certificateDescription!.certificateArn!
    const { tags } = await to.iot.send(new ListTagsForResourceCommand({ resourceArn }))
    expect(tags).toEqual([{ Key: 'muster:first-connection', Value: 'close' }])
    const template = await to.iot.send(new DescribeProvisioningTemplateCommand({ templateName: 'lamps' }))
    expect(template).toMatchObject({ enabled: true, provisioningRoleArn: roleArn })
    expect(template.templateBody).toContain('second')
    const { roleAliasDescription } = await to.iot.send(new DescribeRoleAliasCommand({ roleAlias: 'files' }))
    expect(roleAliasDescription).toMatchObject({ roleArn, credentialDurationSeconds: 1800 })
    const { rule, ruleArn } = await to.iot.send(new GetTopicRuleCommand({ ruleName: 'echo' }))
    expect(rule).toMatchObject({ ruleDisabled: true, actions: [{ republish: { roleArn } }] })
    const ruleTags = await to.iot.send(new ListTagsForResourceCommand({ resourceArn: ruleArn! }))
    expect(ruleTags.tags).toEqual([{ Key: 'team', Value: 'north & south' }])
  })
})

describe('muster copy once more', () => {
  it('revokes there what was revoked here since, and leaves other changes of status to people', async () => {
    const { ISSUED, INACTIVE } = source.certificateIds
    await from.iot.send(new UpdateCertificateCommand({ certificateId: ISSUED, newStatus: 'REVOKED' }))
    await from.iot.send(new UpdateCertificateCommand({ certificateId: INACTIVE, newStatus: 'ACTIVE' }))
    const { items, counts } = toTold(await copy('--json', '--only', 'certificates'))
    expect(items).toEqual([
      {
        kind: 'certificates',
        name: INACTIVE,
        state: 'in-the-way',
        why: 'its status is ACTIVE here and INACTIVE there',
      },
    ])
    expect(counts['certificates']).toMatchObject({ changed: 1 })
    const there = await to.iot.send(new DescribeCertificateCommand({ certificateId: ISSUED }))
    expect(there.certificateDescription!.status).toBe('REVOKED')
  })

  it('completes what is there in part: versions, tags, members, attachments', async () => {
    const policyName = 'five'
    await to.iot.send(new DeletePolicyVersionCommand({ policyName, policyVersionId: '2' }))
    await to.iot.send(new DeletePolicyVersionCommand({ policyName, policyVersionId: '4' }))
    const { policyArn } = await to.iot.send(new GetPolicyCommand({ policyName }))
    await to.iot.send(new UntagResourceCommand({ resourceArn: policyArn!, tagKeys: ['owner'] }))
    const member = { thingName: 'lamp-1', thingGroupName: 'aa-room' }
    await to.iot.send(new RemoveThingFromThingGroupCommand(member))
    await to.iot.send(
      new RemoveThingFromBillingGroupCommand({ thingName: 'lamp-1', billingGroupName: 'bill' }),
    )
    const plan = await copy('--plan', '--only', 'policies,memberships')
    expect(plan.stdout).toContain('to change: policies five: 2 more versions; tags: owner')
    const { counts } = toTold(await copy('--json', '--only', 'policies,memberships'))
    expect(counts).toMatchObject({ policies: { changed: 1 }, memberships: { made: 2, same: 1 } })
    const { policyVersions } = await to.iot.send(new ListPolicyVersionsCommand({ policyName }))
    expect(policyVersions!.filter(({ isDefaultVersion }) => isDefaultVersion)).toMatchObject([
      { versionId: '1' },
    ])
    expect(policyVersions).toHaveLength(5)
    const again = toTold(await copy('--json', '--only', 'policies,memberships'))
    expect(again.counts).toMatchObject({ policies: { same: 1 }, memberships: { same: 3 } })
  })

  it.each([
    [[], 'expected --from <URL or aws>, or --from-data-dir <dir>, got neither'],
    [['--from', 'ftp://x'], 'expected --from to be aws or an http(s) URL, got ftp://x'],
    [['--from-data-dir', 'a', '--from-profile', 'b'], 'expected --from-data-dir or --from-profile, got both'],
    [['--from', 'aws', '--from-data-dir', 'a'], '--from-data-dir is of a Muster, and --from is aws'],
    [['--from', 'aws'], 'which region of AWS? Set AWS_REGION, or --from-profile with one that has it'],
    [['--only', 'things,lamps'], 'expected --only to list of thing-types, billing-groups'],
  ])('refuses %j', async (args, said) => {
    const { code, stderr } = await runMuster(['copy', ...args], { directory })
    expect(stderr).toContain(said)
    expect(code).toBe(2)
  })

  it('refuses to copy a server onto itself, and says when nobody is there', async () => {
    const both = ['--from-data-dir', from.dataDir, '--to-data-dir', from.dataDir]
    expect(await runMuster(['copy', ...both], { directory })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nothing can be copied onto itself'),
    })
    const nobody = ['--from', 'http://127.0.0.1:1', '--to-data-dir', to.dataDir]
    const environment = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }
    const { code, stderr } = await runMuster(['copy', ...nobody], { directory, environment })
    expect(stderr).toContain('GetCallerIdentity at the source')
    expect(code).toBe(1)
  })
})
