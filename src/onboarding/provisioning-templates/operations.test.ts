import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { provisioningPermissions } from '../provisioning/index.ts'
import { provisioningTemplatesPermissions } from './permissions.ts'
import { findTemplate } from './store.ts'
import {
  accountId,
  connect,
  createRole,
  openFleet,
  pseudo,
  registerCa,
  region,
  templateOf,
  type Fleet,
} from '../../../test/helpers/fleet.ts'

let fleet: Fleet
let roleArn: string
beforeEach(async () => {
  fleet = await openFleet()
  roleArn = await createRole(fleet)
})
afterEach(() => fleet[Symbol.asyncDispose]())

const templateName = 'lamps'
const arn = `arn:aws:iot:${region}:${accountId}:provisioningtemplate/${templateName}`
const input = () => ({
  templateName,
  templateBody: templateOf(),
  provisioningRoleArn: roleArn,
  type: 'JITP' as const,
})
type Input = Parameters<Fleet['operations']['CreateProvisioningTemplate']>[0]
const create = (change: Partial<Input> = {}) =>
  fleet.operations.CreateProvisioningTemplate({ ...input(), ...change }, fleet.context)
const describeTemplate = () => fleet.operations.DescribeProvisioningTemplate({ templateName }, fleet.context)
const addVersion = (
  setAsDefault = false,
  templateBody = templateOf({ thing: { AttributePayload: { v: '2' } } }),
) =>
  fleet.operations.CreateProvisioningTemplateVersion(
    { templateName, templateBody, setAsDefault },
    fleet.context,
  )

describe('a provisioning template', () => {
  it('is created with its body as version 1', async () => {
    expect(await create({ description: 'Lamps' })).toEqual({
      templateArn: arn,
      templateName,
      defaultVersionId: 1,
    })
    expect(await describeTemplate()).toEqual({
      templateArn: arn,
      templateName,
      description: 'Lamps',
      creationDate: fleet.clock.now,
      lastModifiedDate: fleet.clock.now,
      defaultVersionId: 1,
      templateBody: templateOf(),
      provisioningRoleArn: roleArn,
      type: 'JITP',
    })
  })

  it('is for fleet provisioning unless it says otherwise, and may have a hook then', async () => {
    const targetArn = `arn:aws:lambda:${region}:${accountId}:function:check`
    const { type: _, ...rest } = input()
    await fleet.operations.CreateProvisioningTemplate(
      { ...rest, enabled: true, preProvisioningHook: { targetArn } },
      fleet.context,
    )
    expect(await describeTemplate()).toMatchObject({
      type: 'FLEET_PROVISIONING',
      enabled: true,
      preProvisioningHook: { payloadVersion: '2020-04-01', targetArn },
    })
    await fleet.operations.UpdateProvisioningTemplate(
      { templateName, removePreProvisioningHook: true },
      fleet.context,
    )
    expect(await describeTemplate()).not.toHaveProperty('preProvisioningHook')
  })

  it('is updated in what is given', async () => {
    await create({ description: 'Lamps' })
    await addVersion()
    await fleet.operations.UpdateProvisioningTemplate(
      { templateName, enabled: true, defaultVersionId: 2 },
      fleet.context,
    )
    const template = await describeTemplate()
    expect(template).toMatchObject({ description: 'Lamps', enabled: true, defaultVersionId: 2 })
    expect(template.templateBody).toContain('"v":"2"')
  })

  it('is listed by name, page by page', async () => {
    for (const name of ['b', 'a', 'c']) await create({ templateName: name })
    const first = await fleet.operations.ListProvisioningTemplates({ maxResults: 2 }, fleet.context)
    expect(first.templates?.map((one) => one.templateName)).toEqual(['a', 'b'])
    const { nextToken } = first
    const second = await fleet.operations.ListProvisioningTemplates(
      { maxResults: 2, nextToken },
      fleet.context,
    )
    expect(second.templates?.map((one) => one.templateName)).toEqual(['c'])
    expect(second.nextToken).toBeUndefined()
  })

  it('is deleted with its versions and tags', async () => {
    await create({ tags: [{ Key: 'team', Value: 'lamps' }] })
    await addVersion()
    await fleet.operations.DeleteProvisioningTemplate({ templateName }, fleet.context)
    expect(await findTemplate(fleet.store.read, accountId, templateName)).toBeUndefined()
    expect(await fleet.store.read.selectFrom('tags').select('key').execute()).toEqual([])
    expect(
      await fleet.store.read.selectFrom('provisioning_template_versions').select('version_id').execute(),
    ).toEqual([])
  })

  it.each<[string, Partial<Input>, string]>([
    ['whose body is no template', { templateBody: '{}' }, 'templateBody: Resources: is missing'],
    [
      'whose body is for RegisterThing',
      { templateBody: templateOf({ certificate: { CertificateId: undefined, CertificatePem: 'x' } }) },
      'is for RegisterThing',
    ],
    [
      'with a hook but of type JITP',
      { preProvisioningHook: { targetArn: 'arn:aws:lambda:x' } },
      'preProvisioningHook is for templates of type FLEET_PROVISIONING',
    ],
    [
      'with a hook of another version',
      {
        type: 'FLEET_PROVISIONING',
        preProvisioningHook: { targetArn: 'arn:aws:lambda:x', payloadVersion: '2019-01-01' },
      },
      'payloadVersion must be 2020-04-01',
    ],
    [
      'with a role that does not exist',
      { provisioningRoleArn: `arn:aws:iam::${accountId}:role/Nobody` },
      'does not exist',
    ],
  ])('%s is refused', async (_, change, message) => {
    await expect(create(change)).rejects.toMatchObject({
      code: 'InvalidRequestException',
      message: expect.stringContaining(message),
    })
    expect(await findTemplate(fleet.store.read, accountId, templateName)).toBeUndefined()
  })

  it('is refused to a caller who may not pass the role', async () => {
    const deny = {
      ...fleet.context,
      authorize: (action: string) => Promise.reject(new Error(`no ${action}`)),
    }
    await expect(fleet.operations.CreateProvisioningTemplate(input(), deny)).rejects.toThrow(
      'no iam:PassRole',
    )
    await create()
    const update = { templateName, provisioningRoleArn: roleArn }
    await expect(fleet.operations.UpdateProvisioningTemplate(update, deny)).rejects.toThrow('no iam:PassRole')
  })

  it('is refused when its name is taken', async () => {
    await create()
    await expect(create()).rejects.toMatchObject({ code: 'ResourceAlreadyExistsException' })
  })

  it('is not deleted while a CA certificate names it', async () => {
    await create()
    await registerCa(fleet, { registrationConfig: { templateName } })
    const deleting = fleet.operations.DeleteProvisioningTemplate({ templateName }, fleet.context)
    await expect(deleting).rejects.toMatchObject({ code: 'DeleteConflictException' })
  })

  it.each([
    'DescribeProvisioningTemplate',
    'UpdateProvisioningTemplate',
    'DeleteProvisioningTemplate',
    'ListProvisioningTemplateVersions',
  ] as const)('that is missing is not found by %s', async (operation) => {
    const call = fleet.operations[operation]({ templateName }, fleet.context)
    await expect(call).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  })
})

describe('versions of a provisioning template', () => {
  it('are numbered, and one is the default', async () => {
    await create()
    expect(await addVersion()).toEqual({
      templateArn: arn,
      templateName,
      versionId: 2,
      isDefaultVersion: false,
    })
    expect(await addVersion(true)).toMatchObject({ versionId: 3, isDefaultVersion: true })
    const { versions } = await fleet.operations.ListProvisioningTemplateVersions(
      { templateName },
      fleet.context,
    )
    expect(versions?.map(({ versionId, isDefaultVersion }) => [versionId, isDefaultVersion])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ])
    const one = await fleet.operations.DescribeProvisioningTemplateVersion(
      { templateName, versionId: 1 },
      fleet.context,
    )
    expect(one).toMatchObject({ templateBody: templateOf(), isDefaultVersion: false })
  })

  it('are at most five, and a number is not used twice', async () => {
    await create()
    for (let version = 2; version <= 5; version++) await addVersion()
    await expect(addVersion()).rejects.toMatchObject({ code: 'VersionsLimitExceededException' })
    await fleet.operations.DeleteProvisioningTemplateVersion({ templateName, versionId: 5 }, fleet.context)
    expect(await addVersion()).toMatchObject({ versionId: 6 })
  })

  it('come page by page', async () => {
    await create()
    await addVersion()
    const first = await fleet.operations.ListProvisioningTemplateVersions(
      { templateName, maxResults: 1 },
      fleet.context,
    )
    expect(first.versions).toHaveLength(1)
    const { nextToken } = first
    const second = await fleet.operations.ListProvisioningTemplateVersions(
      { templateName, nextToken },
      fleet.context,
    )
    expect(second.versions?.map(({ versionId }) => versionId)).toEqual([2])
  })

  it('are refused when their body is no template', async () => {
    await create()
    await expect(addVersion(false, '[]')).rejects.toMatchObject({ code: 'InvalidRequestException' })
  })

  it('are not deleted while they are the default, and not found when they are missing', async () => {
    await create()
    const remove = (versionId: number) =>
      fleet.operations.DeleteProvisioningTemplateVersion({ templateName, versionId }, fleet.context)
    await expect(remove(1)).rejects.toMatchObject({ code: 'DeleteConflictException' })
    await expect(remove(7)).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
    const update = { templateName, defaultVersionId: 7 }
    const updating = fleet.operations.UpdateProvisioningTemplate(update, fleet.context)
    await expect(updating).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  })
})

describe('remarks on a template stand in the journal', () => {
  const commandLineExample = {
    Parameters: { DeviceLocation: { Type: 'String' } },
    Mappings: { LocationTable: { Seattle: { LocationUrl: 'https://example.aws' } } },
    Resources: {
      thing: {
        Type: 'AWS::IoT::Thing',
        Properties: {
          ThingName: { 'Fn::Join': ['', ['ThingPrefix_', { Ref: 'SerialNumber' }]] },
          ThingTypeName: { 'Fn::Join': ['', ['ThingTypePrefix_', { Ref: 'SerialNumber' }]] },
        },
      },
      certificate: {
        Type: 'AWS::IoT::Certificate',
        Properties: { CertificateId: { Ref: pseudo('Id') }, Status: 'Active' },
      },
    },
    DeviceConfiguration: {
      LocationUrl: { 'Fn::FindInMap': ['LocationTable', { Ref: 'DeviceLocation' }, 'LocationUrl'] },
    },
  }
  const unused = templateOf({ parameters: [pseudo('SerialNumber'), pseudo('CommonName'), pseudo('Id')] })
  const remarked = (template: string, remark: string) => ({
    accountId,
    code: 'template-remarks',
    at: fleet.clock.now,
    details: { template, remarks: [expect.stringContaining(remark)] },
  })

  it('when it is created, and for each version of it, though it is taken', async () => {
    const templateBody = JSON.stringify(commandLineExample)
    await create({ type: 'FLEET_PROVISIONING', templateBody })
    await addVersion(true, templateBody)
    const remark = remarked(templateName, '"SerialNumber" is not declared in Parameters')
    expect(fleet.entries).toEqual([remark, remark])
  })

  it('when a CA certificate brings it, and the devices are provisioned all the same', async () => {
    const ca = await registerCa(fleet, { registrationConfig: { templateBody: unused, roleArn } })
    const remark = `Parameters.${pseudo('SerialNumber')} is referred to nowhere`
    expect(fleet.entries).toEqual([remarked('registrationConfig.templateBody', remark)])
    expect(await connect(fleet, ca.issue({ subject: 'CN=lamp-1' }))).toMatchObject({ action: 'accept' })
  })

  it('and none where there are none, or where nothing was created', async () => {
    await create()
    await expect(create({ templateBody: unused })).rejects.toThrow('already exists')
    await expect(addVersion(false, '{}')).rejects.toThrow('Resources: is missing')
    expect(fleet.entries).toEqual([])
  })
})

describe('a CA certificate is refused with a registrationConfig', () => {
  const register = (
    registrationConfig: NonNullable<Parameters<typeof registerCa>[1]>['registrationConfig'],
  ) => registerCa(fleet, { ...(registrationConfig && { registrationConfig }) })

  it('whose template is wrong, with the place', async () => {
    const templateBody = templateOf({ thing: { ThingName: { Ref: 'Serial' } } })
    await expect(register({ templateBody, roleArn })).rejects.toMatchObject({
      code: 'InvalidRequestException',
      message: expect.stringContaining(
        'templateBody: Resources.thing.Properties.ThingName.Ref: "Serial" is not a parameter',
      ),
    })
  })

  it('whose role does not exist', async () => {
    const missing = register({ templateBody: templateOf(), roleArn: `${roleArn}2` })
    await expect(missing).rejects.toThrow('does not exist')
  })

  it('that names a template which is missing, resting, or of another type', async () => {
    await expect(register({ templateName })).rejects.toThrow('there is no provisioning template named lamps')
    await create({ type: 'FLEET_PROVISIONING' })
    await expect(register({ templateName })).rejects.toThrow('a CA certificate needs one of type JITP')
    await create({ templateName: 'resting', enabled: false })
    await expect(register({ templateName: 'resting' })).rejects.toThrow('resting is not enabled')
  })
})

it('asks for permission on the template itself', () => {
  const scope = { accountId, region }
  const permissions = { ...provisioningTemplatesPermissions, ...provisioningPermissions }
  expect(permissions.DeleteProvisioningTemplate({ templateName }, scope)).toEqual({
    resources: [arn],
  })
  expect(Object.keys(permissions).toSorted()).toEqual(Object.keys(fleet.operations).toSorted())
})
