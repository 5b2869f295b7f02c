import { forOneAccount } from '../../../test/helpers/for-one-account.ts'
import type { CreateDomainConfigurationRequest, UpdateDomainConfigurationRequest } from '@aws-sdk/client-iot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestStore } from '../../../test/helpers/store.ts'
import { rootContext } from '../../../test/helpers/call-context.ts'
import { createLocalFabric, type Change, type Fabric } from '../../fabric/in-process/index.ts'
import type { Store } from '../../store/index.ts'
import { listTags } from '../../registry/tags/index.ts'
import { openDomains, type Domains } from './domains.ts'
import { domainConfigurationsOperations } from './operations.ts'
import { domainConfigurationsPermissions } from './permissions.ts'
import { findTaggableDomainConfiguration } from './taggable.ts'

const accountId = '111122223333'
const context = rootContext(accountId)
const elsewhere = rootContext('444455556666')
const start = new Date('2026-05-01T12:00:00Z')
const certificateArn = 'arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555'
const defaults = ['iot:CredentialProvider', 'iot:Data-ATS', 'iot:Jobs']

let store: Store
let fabric: Fabric
let domains: Domains
let changes: Change[]
let clock: Date
let faults: Map<string, string>
let operations: ReturnType<typeof domainConfigurationsOperations>

beforeEach(async () => {
  store = await openTestStore()
  fabric = createLocalFabric()
  changes = []
  fabric.onChange((change) => void changes.push(change))
  const forEachAccount = forOneAccount(accountId)
  domains = await openDomains({ store, fabric, forEachAccount, ownEndpointOf: () => undefined })
  clock = start
  faults = new Map()
  operations = domainConfigurationsOperations({
    store,
    fabric,
    now: () => clock,
    accounts: {
      endpointOf: () => 'iot.muster.example',
      isEndpoint: (domainName) => domainName === 'kept.muster.example',
    },
    certificateFault: async (domainName) => faults.get(domainName),
  })
})

afterEach(async () => {
  await domains[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

type Create = Partial<CreateDomainConfigurationRequest>
const acme = { domainConfigurationName: 'acme', domainName: 'iot.acme.example' }
const create = (input: Create = {}) =>
  operations.CreateDomainConfiguration({ ...acme, ...input } as never, context)
const update = (input: Partial<UpdateDomainConfigurationRequest>, name = 'acme') =>
  operations.UpdateDomainConfiguration({ domainConfigurationName: name, ...input } as never, context)
const describeOne = (name = 'acme') =>
  operations.DescribeDomainConfiguration({ domainConfigurationName: name }, context)
const remove = (name = 'acme') =>
  operations.DeleteDomainConfiguration({ domainConfigurationName: name }, context)

describe('CreateDomainConfiguration', () => {
  it('of a custom domain is shown as it was given, ENABLED, with the defaults of AWS', async () => {
    const { domainConfigurationArn } = await create({ serverCertificateArns: [certificateArn] })
    expect(domainConfigurationArn).toMatch(
      /^arn:aws:iot:us-east-1:111122223333:domainconfiguration\/acme\/[a-z]{5}$/,
    )
    expect(await describeOne()).toEqual({
      domainConfigurationName: 'acme',
      domainConfigurationArn,
      domainName: 'iot.acme.example',
      serverCertificates: [{ serverCertificateArn: certificateArn, serverCertificateStatus: 'VALID' }],
      domainConfigurationStatus: 'ENABLED',
      serviceType: 'DATA',
      domainType: 'CUSTOMER_MANAGED',
      lastStatusChangeDate: start,
      tlsConfig: { securityPolicy: 'IoTSecurityPolicy_TLS13_1_2_2022_10' },
      authenticationType: 'DEFAULT',
      applicationProtocol: 'DEFAULT',
    })
  })

  it('keeps every setting', async () => {
    const settings = {
      tlsConfig: { securityPolicy: 'IoTSecurityPolicy_TLS13_1_3_2022_10' },
      authenticationType: 'AWS_X509',
      applicationProtocol: 'SECURE_MQTT',
      authorizerConfig: { defaultAuthorizerName: 'auth', allowAuthorizerOverride: false },
      serverCertificateConfig: { enableOCSPCheck: true },
      clientCertificateConfig: {
        clientCertificateCallbackArn: 'arn:aws:lambda:us-east-1:111122223333:function:f',
      },
    } as const
    await create({ ...settings, serviceType: 'CREDENTIAL_PROVIDER' })
    expect(await describeOne()).toMatchObject({ ...settings, serviceType: 'CREDENTIAL_PROVIDER' })
  })

  it('without a domain name gets one below the endpoint, managed by the server', async () => {
    await create({ domainName: undefined })
    const described = await describeOne()
    expect(described).toMatchObject({ domainType: 'AWS_MANAGED', serverCertificates: [] })
    expect(described.domainName).toMatch(/^[a-z0-9]{20}-ats\.iot\.muster\.example$/)
  })

  it('is announced, so that the device ports know it before the call is answered', async () => {
    await create({ domainName: 'IOT.Acme.Example' })
    expect(changes).toEqual([{ accountId, kind: 'domain-configuration', id: 'acme' }])
    expect(domains.list().map(({ domainName }) => domainName)).toEqual(['iot.acme.example'])
  })

  it('sets tags on its ARN, by which the configuration is found again', async () => {
    const { domainConfigurationArn } = await create({ tags: [{ Key: 'team', Value: 'doors' }] })
    expect(await listTags(store.read, accountId, domainConfigurationArn!)).toEqual([
      { Key: 'team', Value: 'doors' },
    ])
    const name = domainConfigurationArn!.split('domainconfiguration/')[1]!
    expect(await findTaggableDomainConfiguration(store.read, accountId, name)).toMatchObject({ name: 'acme' })
    expect(await findTaggableDomainConfiguration(store.read, '444455556666', name)).toBeUndefined()
  })

  it.each([
    ['one label', { domainName: 'acme' }],
    ['a wildcard', { domainName: '*.acme.example' }],
    ['an address', { domainName: '10.0.0.1' }],
    ['a way out of the directory', { domainName: '../../etc/passwd' }],
    ['a slash', { domainName: 'a/b.example' }],
    ['a dot at the end', { domainName: 'iot.acme.example.' }],
    ['an empty label', { domainName: 'iot..example' }],
    ['a label of 64 characters', { domainName: `${'a'.repeat(64)}.example` }],
    ['the endpoint itself', { domainName: 'IoT.Muster.example' }],
    ['an unknown security policy', { tlsConfig: { securityPolicy: 'ELBSecurityPolicy-2016-08' } }],
    ['an empty security policy', { tlsConfig: { securityPolicy: '' } }],
    ['X.509 over WebSocket', { authenticationType: 'AWS_X509', applicationProtocol: 'MQTT_WSS' }],
    ['a signature over plain MQTT', { authenticationType: 'AWS_SIGV4', applicationProtocol: 'SECURE_MQTT' }],
    [
      'X.509 and an authorizer over WebSocket',
      { authenticationType: 'CUSTOM_AUTH_X509', applicationProtocol: 'MQTT_WSS' },
    ],
    ['certificates without a domain', { domainName: undefined, serverCertificateArns: [certificateArn] }],
  ] as [string, Create][])('with %s is refused', async (_what, input) => {
    await expect(create(input)).rejects.toMatchObject({ code: 'InvalidRequestException' })
    await expect(describeOne()).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
    expect(changes).toEqual([])
  })

  it('for a domain whose certificate files cannot be used is refused, with the reason', async () => {
    faults.set('iot.acme.example', 'the private key does not belong to the certificate')
    await expect(create()).rejects.toMatchObject({
      code: 'CertificateValidationException',
      message: 'the private key does not belong to the certificate',
    })
  })

  it.each([
    ['name', { domainName: 'other.example' }],
    ['domain', { domainConfigurationName: 'other', domainName: 'IOT.acme.example' }],
  ])('with a %s that is taken is refused', async (_what, input) => {
    await create()
    await expect(create(input)).rejects.toMatchObject({ code: 'ResourceAlreadyExistsException' })
  })

  it('is refused after ten in an account; other accounts have their own', async () => {
    for (let at = 0; at < 10; at++)
      await create({ domainConfigurationName: `c${at}`, domainName: `c${at}.example` })
    await expect(create()).rejects.toMatchObject({ code: 'LimitExceededException' })
    await operations.CreateDomainConfiguration(acme, elsewhere)
  })
})

describe('the configurations that every account has', () => {
  it.each([
    ['iot:Data-ATS', 'DATA'],
    ['iot:CredentialProvider', 'CREDENTIAL_PROVIDER'],
    ['iot:Jobs', 'JOBS'],
  ])('%s is the endpoint for %s', async (name, serviceType) => {
    expect(await describeOne(name)).toEqual({
      domainConfigurationName: name,
      domainConfigurationArn: `arn:aws:iot:us-east-1:111122223333:domainconfiguration/${name}`,
      domainName: 'iot.muster.example',
      serverCertificates: [],
      domainConfigurationStatus: 'ENABLED',
      serviceType,
      domainType: 'ENDPOINT',
      tlsConfig: { securityPolicy: 'IoTSecurityPolicy_TLS13_1_2_2022_10' },
      authenticationType: 'DEFAULT',
      applicationProtocol: 'DEFAULT',
    })
  })

  it.each(defaults)('%s cannot be updated', async (name) => {
    await expect(update({ domainConfigurationStatus: 'DISABLED' }, name)).rejects.toMatchObject({
      code: 'InvalidRequestException',
    })
  })
})

describe('UpdateDomainConfiguration', () => {
  beforeEach(async () => {
    await create({ authorizerConfig: { defaultAuthorizerName: 'auth' }, authenticationType: 'AWS_X509' })
    clock = new Date(start.getTime() + 60_000)
    changes = []
  })

  it('changes what it names and keeps the rest', async () => {
    const before = await describeOne()
    const tlsConfig = { securityPolicy: 'IoTSecurityPolicy_TLS12_1_2_2022_10' }
    const answer = await update({ tlsConfig })
    expect(answer.domainConfigurationArn).toBe(before.domainConfigurationArn)
    expect(await describeOne()).toEqual({ ...before, tlsConfig })
    expect(domains.list()[0]!.settings.securityPolicy).toBe('IoTSecurityPolicy_TLS12_1_2_2022_10')
  })

  it('tells when the status was last changed', async () => {
    await update({ domainConfigurationStatus: 'ENABLED' })
    expect((await describeOne()).lastStatusChangeDate).toEqual(start)
    await update({ domainConfigurationStatus: 'DISABLED' })
    expect(await describeOne()).toMatchObject({
      domainConfigurationStatus: 'DISABLED',
      lastStatusChangeDate: clock,
    })
    expect(domains.list()[0]!.status).toBe('DISABLED')
  })

  it('removes the authorizer when it is asked to', async () => {
    await update({ removeAuthorizerConfig: true })
    expect((await describeOne()).authorizerConfig).toBeUndefined()
  })

  it.each([
    ['to an unknown security policy', { tlsConfig: { securityPolicy: 'none' } }],
    ['to a protocol that its authentication does not have', { applicationProtocol: 'MQTT_WSS' }],
  ] as [string, Partial<UpdateDomainConfigurationRequest>][])('%s is refused', async (_what, input) => {
    const before = await describeOne()
    await expect(update(input)).rejects.toMatchObject({ code: 'InvalidRequestException' })
    expect(await describeOne()).toEqual(before)
    expect(changes).toEqual([])
  })

  it.each(['other', 'ACME'])('of %s, which is not there, is refused', async (name) => {
    await expect(update({}, name)).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  })

  it('does not reach another account', async () => {
    await expect(
      operations.UpdateDomainConfiguration({ domainConfigurationName: 'acme' }, elsewhere),
    ).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  })
})

describe('DescribeDomainConfiguration', () => {
  it('says what is wrong with the certificate', async () => {
    await create({ serverCertificateArns: [certificateArn] })
    faults.set('iot.acme.example', 'the certificate expired')
    expect((await describeOne()).serverCertificates).toEqual([
      {
        serverCertificateArn: certificateArn,
        serverCertificateStatus: 'INVALID',
        serverCertificateStatusDetail: 'the certificate expired',
      },
    ])
  })

  it.each(['acme', 'iot:Data', 'iot:Data-Beta'])('does not know %s', async (name) => {
    await expect(describeOne(name)).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  })
})

describe('ListDomainConfigurations', () => {
  const list = (input: { marker?: string; pageSize?: number; serviceType?: string } = {}) =>
    operations.ListDomainConfigurations(input as never, context)
  const namesOf = ({ domainConfigurations }: Awaited<ReturnType<typeof list>>) =>
    domainConfigurations.map((one) => one.domainConfigurationName)

  beforeEach(async () => {
    for (const name of ['zebra', 'acme'])
      await create({ domainConfigurationName: name, domainName: `${name}.example` })
    await operations.CreateDomainConfiguration({ ...acme, domainConfigurationName: 'theirs' }, elsewhere)
  })

  it('has those of the account, and those that every account has', async () => {
    expect(namesOf(await list())).toEqual(['acme', ...defaults, 'zebra'])
  })

  it('pages by name', async () => {
    const first = await list({ pageSize: 3 })
    const second = await list({ pageSize: 3, marker: first.nextMarker! })
    expect([...namesOf(first), ...namesOf(second)]).toEqual(['acme', ...defaults, 'zebra'])
    expect(second.nextMarker).toBeUndefined()
  })

  it.each([
    ['DATA', ['acme', 'iot:Data-ATS', 'zebra']],
    ['JOBS', ['iot:Jobs']],
  ])('by the service %s finds %j', async (serviceType, expected) => {
    expect(namesOf(await list({ serviceType }))).toEqual(expected)
  })

  it('refuses a marker that no list gave out', async () => {
    await expect(list({ marker: '%' })).rejects.toMatchObject({ code: 'InvalidRequestException' })
  })
})

describe('DeleteDomainConfiguration', () => {
  beforeEach(async () => {
    await create({ tags: [{ Key: 'team', Value: 'doors' }] })
  })

  it('of one that is ENABLED is refused', async () => {
    await expect(remove()).rejects.toMatchObject({ code: 'InvalidRequestException' })
    expect(await describeOne()).toMatchObject({ domainConfigurationStatus: 'ENABLED' })
  })

  it('of one that is DISABLED takes its tags along and frees its domain', async () => {
    const { domainConfigurationArn } = await describeOne()
    await update({ domainConfigurationStatus: 'DISABLED' })
    await remove()
    await expect(describeOne()).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
    expect(domains.list()).toEqual([])
    expect(await listTags(store.read, accountId, domainConfigurationArn!)).toEqual([])
    await create({ domainConfigurationName: 'again' })
  })

  it.each([
    ['is not there', 'other', context],
    ['belongs to another account', 'acme', elsewhere],
  ])('of one that %s is refused', async (_what, domainConfigurationName, caller) => {
    await expect(
      operations.DeleteDomainConfiguration({ domainConfigurationName }, caller),
    ).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  })
})

it('is permitted by the ARN that the configuration has', async () => {
  const { domainConfigurationArn } = await create()
  const { UpdateDomainConfiguration: permission } = domainConfigurationsPermissions
  const scope = { accountId, region: 'us-east-1' }
  expect(permission({ domainConfigurationName: 'acme' }, scope)).toEqual({
    resources: [domainConfigurationArn],
  })
})
