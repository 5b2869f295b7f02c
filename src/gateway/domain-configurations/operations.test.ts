import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listTags } from '../../registry/tags/index.ts'
import { domainConfigurationsPermissions } from './permissions.ts'
import { findTaggableDomainConfiguration } from './taggable.ts'
import {
  accountId,
  acme,
  certificateArn,
  context,
  elsewhere,
  start,
  TestDomainConfigurations,
  type Create,
  type Update,
} from './testing/test-domain-configurations.ts'

const scene = new TestDomainConfigurations()
const { create, update, describeOne, remove } = scene
beforeEach(scene.open)
afterEach(() => scene[Symbol.asyncDispose]())

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
    expect(scene.changes).toEqual([{ accountId, kind: 'domain-configuration', id: 'acme' }])
    expect(scene.domains.list().map(({ domainName }) => domainName)).toEqual(['iot.acme.example'])
  })

  it('sets tags on its ARN, by which the configuration is found again', async () => {
    const { domainConfigurationArn } = await create({ tags: [{ Key: 'team', Value: 'doors' }] })
    expect(await listTags(scene.store.read, accountId, domainConfigurationArn!)).toEqual([
      { Key: 'team', Value: 'doors' },
    ])
    const name = domainConfigurationArn!.split('domainconfiguration/')[1]!
    expect(await findTaggableDomainConfiguration(scene.store.read, accountId, name)).toMatchObject({
      name: 'acme',
    })
    expect(await findTaggableDomainConfiguration(scene.store.read, '444455556666', name)).toBeUndefined()
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
    expect(scene.changes).toEqual([])
  })

  it('for a domain whose certificate files cannot be used is refused, with the reason', async () => {
    scene.faults.set('iot.acme.example', 'the private key does not belong to the certificate')
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
    await scene.operations.CreateDomainConfiguration(acme, elsewhere)
  })
})

describe('UpdateDomainConfiguration', () => {
  beforeEach(async () => {
    await create({ authorizerConfig: { defaultAuthorizerName: 'auth' }, authenticationType: 'AWS_X509' })
    scene.clock = new Date(start.getTime() + 60_000)
    scene.changes = []
  })

  it('changes what it names and keeps the rest', async () => {
    const before = await describeOne()
    const tlsConfig = { securityPolicy: 'IoTSecurityPolicy_TLS12_1_2_2022_10' }
    const answer = await update({ tlsConfig })
    expect(answer.domainConfigurationArn).toBe(before.domainConfigurationArn)
    expect(await describeOne()).toEqual({ ...before, tlsConfig })
    expect(scene.domains.list()[0]!.settings.securityPolicy).toBe('IoTSecurityPolicy_TLS12_1_2_2022_10')
  })

  it('tells when the status was last changed', async () => {
    await update({ domainConfigurationStatus: 'ENABLED' })
    expect((await describeOne()).lastStatusChangeDate).toEqual(start)
    await update({ domainConfigurationStatus: 'DISABLED' })
    expect(await describeOne()).toMatchObject({
      domainConfigurationStatus: 'DISABLED',
      lastStatusChangeDate: scene.clock,
    })
    expect(scene.domains.list()[0]!.status).toBe('DISABLED')
  })

  it('removes the authorizer when it is asked to', async () => {
    await update({ removeAuthorizerConfig: true })
    expect((await describeOne()).authorizerConfig).toBeUndefined()
  })

  it.each([
    ['to an unknown security policy', { tlsConfig: { securityPolicy: 'none' } }],
    ['to a protocol that its authentication does not have', { applicationProtocol: 'MQTT_WSS' }],
  ] as [string, Update][])('%s is refused', async (_what, input) => {
    const before = await describeOne()
    await expect(update(input)).rejects.toMatchObject({ code: 'InvalidRequestException' })
    expect(await describeOne()).toEqual(before)
    expect(scene.changes).toEqual([])
  })

  it.each(['other', 'ACME'])('of %s, which is not there, is refused', async (name) => {
    await expect(update({}, name)).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  })

  it('does not reach another account', async () => {
    await expect(
      scene.operations.UpdateDomainConfiguration({ domainConfigurationName: 'acme' }, elsewhere),
    ).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
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
    expect(scene.domains.list()).toEqual([])
    expect(await listTags(scene.store.read, accountId, domainConfigurationArn!)).toEqual([])
    await create({ domainConfigurationName: 'again' })
  })

  it.each([
    ['is not there', 'other', context],
    ['belongs to another account', 'acme', elsewhere],
  ])('of one that %s is refused', async (_what, domainConfigurationName, caller) => {
    await expect(
      scene.operations.DeleteDomainConfiguration({ domainConfigurationName }, caller),
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
