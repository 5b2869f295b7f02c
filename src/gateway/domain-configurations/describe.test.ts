import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  acme,
  certificateArn,
  context,
  defaults,
  elsewhere,
  TestDomainConfigurations,
} from './testing/test-domain-configurations.ts'

const scene = new TestDomainConfigurations()
const { create, update, describeOne } = scene
beforeEach(scene.open)
afterEach(() => scene[Symbol.asyncDispose]())

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

describe('DescribeDomainConfiguration', () => {
  it('says what is wrong with the certificate', async () => {
    await create({ serverCertificateArns: [certificateArn] })
    scene.faults.set('iot.acme.example', 'the certificate expired')
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
    scene.operations.ListDomainConfigurations(input as never, context)
  const namesOf = ({ domainConfigurations }: Awaited<ReturnType<typeof list>>) =>
    domainConfigurations.map((one) => one.domainConfigurationName)

  beforeEach(async () => {
    for (const name of ['zebra', 'acme'])
      await create({ domainConfigurationName: name, domainName: `${name}.example` })
    await scene.operations.CreateDomainConfiguration(
      { ...acme, domainConfigurationName: 'theirs' },
      elsewhere,
    )
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
