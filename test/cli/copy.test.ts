/** `muster copy` from one Muster to another, as a person runs it. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreatePolicyCommand,
  CreateThingCommand,
  DeletePolicyVersionCommand,
  DescribeCertificateCommand,
  GetPolicyCommand,
  GetRegistrationCodeCommand,
  ListPolicyVersionsCommand,
  ListTargetsForPolicyCommand,
  RemoveThingFromBillingGroupCommand,
  RemoveThingFromThingGroupCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeVerificationCertificate } from '../helpers/certificates.ts'
import { connectDevice } from '../helpers/device.ts'
import { createProvisioningRole } from '../helpers/jitp.ts'
import { runMuster, type Ended } from '../helpers/muster.ts'
import { freshDirectory, startTestServer, type TestServer } from '../helpers/server.ts'
import { documentOf, fillSource, roleName, type Source } from './copy-source.ts'
import { tellOf, toldKinds } from './copy-told.ts'

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
      'certificate-providers': { made: 1 },
      authorizers: { made: 2 },
      cas: { made: 2 },
      certificates: { made: 4 },
      things: { 'in-the-way': 1, made: 6 },
      memberships: { made: 2 },
      attachments: { 'left-out': 1, made: 4 },
      deprecations: { changed: 1 },
      'default-authorizer': { changed: 1 },
      events: { changed: 1 },
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
  it.each(toldKinds)('is each member and tag of %s', async (kind) => {
    const { taken: _, ...here } = await tellOf(from, kind, to)
    const { taken: _other, ...there } = await tellOf(to, kind, to)
    expect(Object.keys(here)).not.toEqual([])
    expect(there).toEqual(here)
  })

  it('is attached to what it was attached to', async () => {
    const { targets } = await to.iot.send(new ListTargetsForPolicyCommand({ policyName: 'five' }))
    expect(targets!.toSorted()).toEqual([
      `arn:aws:iot:us-east-1:000000000000:cert/${source.device.certificateId}`,
      'arn:aws:iot:us-east-1:000000000000:thinggroup/floor',
    ])
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

  it('brings tags of certificates along that came later, and names one that is another there', async () => {
    const certificateId = source.certificateIds.ISSUED
    const { certificateDescription } = await to.iot.send(new DescribeCertificateCommand({ certificateId }))
    const resourceArn = certificateDescription!.certificateArn!
    const only = ['--only', 'certificates']
    await to.iot.send(new UntagResourceCommand({ resourceArn, tagKeys: ['muster:claim-uses'] }))
    expect(toTold(await copy('--json', ...only)).counts['certificates']).toMatchObject({ changed: 1 })
    expect((await tellOf(to, 'certificates', to))[certificateId]).toMatchObject({
      tags: { 'muster:claim-uses': '500' },
    })
    const tags = [{ Key: 'muster:claim-uses', Value: '7' }]
    await to.iot.send(new TagResourceCommand({ resourceArn, tags }))
    expect(toTold(await copy('--json', ...only)).items).toContainEqual({
      kind: 'certificates',
      name: certificateId,
      state: 'in-the-way',
      why: 'what is there differs in the tag muster:claim-uses',
    })
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
