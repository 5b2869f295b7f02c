import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'
import {
  compilePolicy,
  deviceVariables,
  evaluatePolicies,
  parsePolicyDocument,
  type DeviceFacts,
} from './index.ts'

const ca = makeCa({
  subject: [
    ['CN', 'Root'],
    ['O', 'Maker'],
    ['C', 'DE'],
  ],
})
const leaf = parseCertificate(
  ca.issue({
    subject: [
      ['C', 'US'],
      ['O', 'Acme, Inc. "A=B"'],
      ...['a', 'b', 'c', 'd', 'e', 'f'].map((unit) => ['OU', unit] as const),
      ['ST', 'Washington'],
      ['CN', 'lamp-1'],
      ['serialNumber', 'SN-7'],
    ],
    serialNumber: 0xabcdn,
    dnsNames: ['one.example.com', 'two.example.com'],
    uris: ['urn:lamp:1'],
    emails: ['lamp@example.com'],
    ipAddresses: ['203.0.113.9'],
  }).certificatePem,
)
const now = () => new Date('2026-05-01T12:00:00.500Z')
const facts: DeviceFacts = {
  clientId: 'client-1',
  sourceIp: '198.51.100.7',
  domainName: 'iot.example.com',
  certificateId: leaf.certificateId,
  certificate: leaf,
  thing: { thingName: 'lamp-1', thingTypeName: 'Lamp', attributes: { room: 'kitchen', Room: 'hall' } },
  isAttached: true,
  now,
}

describe('variables of a device', () => {
  it.each([
    ['iot:ClientId', 'client-1'],
    ['aws:SourceIp', '198.51.100.7'],
    ['iot:DomainName', 'iot.example.com'],
    ['aws:CurrentTime', '2026-05-01T12:00:00.500Z'],
    ['aws:EpochTime', '1777636800'],
    ['iot:CertificateId', leaf.certificateId],
    ['iot:Connection.Thing.ThingName', 'lamp-1'],
    ['iot:Connection.Thing.ThingTypeName', 'Lamp'],
    ['iot:Connection.Thing.IsAttached', 'true'],
    ['iot:Connection.Thing.Attributes[room]', 'kitchen'],
    ['iot:Connection.Thing.Attributes[Room]', 'hall'],
    ['iot:Certificate.SerialNumber', 'ABCD'],
    ['iot:Certificate.Subject.CommonName', 'lamp-1'],
    ['iot:certificate.subject.commonname', 'lamp-1'],
    ['iot:Certificate.Subject.SerialNumber', 'SN-7'],
    ['iot:Certificate.Subject.State', 'Washington'],
    ['iot:Certificate.Subject.Organization', 'Acme\\, Inc. \\"A\\=B\\"'],
    ['iot:Certificate.Subject.OrganizationalUnit', 'a'],
    ['iot:Certificate.Subject.OrganizationalUnit.0', 'a'],
    ['iot:Certificate.Subject.OrganizationalUnit.1', 'b'],
    ['iot:Certificate.Subject.OrganizationalUnit.4', 'e'],
    ['iot:Certificate.Subject.OrganizationalUnit.List', ['a', 'b', 'c', 'd', 'e']],
    ['iot:Certificate.Subject.Country.List', ['US']],
    ['iot:Certificate.Issuer.CommonName', 'Root'],
    ['iot:Certificate.Issuer.Country', 'DE'],
    ['iot:Certificate.Subject.AlternativeName.DNSName', 'one.example.com'],
    ['iot:Certificate.Subject.AlternativeName.DNSName.1', 'two.example.com'],
    ['iot:Certificate.Subject.AlternativeName.DNSName.List', ['one.example.com', 'two.example.com']],
    ['iot:Certificate.Subject.AlternativeName.RFC822Name', 'lamp@example.com'],
    ['iot:Certificate.Subject.AlternativeName.UniformResourceIdentifier', 'urn:lamp:1'],
    ['iot:Certificate.Subject.AlternativeName.IPAddress', '203.0.113.9'],
  ])('%s is %j', (name, value) => expect(deviceVariables(facts)(name)).toEqual(value))

  it.each([
    'iot:Certificate.Subject.OrganizationalUnit.5',
    'iot:Certificate.Subject.OrganizationalUnit.-1',
    'iot:Certificate.Subject.OrganizationalUnit.all',
    'iot:Certificate.Subject.Country.1',
    'iot:Certificate.Subject.Title',
    'iot:Certificate.Subject.Title.List',
    'iot:Certificate.Subject',
    'iot:Certificate.Subject.constructor',
    'iot:Certificate.Subject.AlternativeName.DirectoryName',
    'iot:Certificate.Issuer.AlternativeName.DNSName',
    'iot:Certificate.',
    'iot:Connection.Thing.Attributes[none]',
    'iot:Connection.Thing.Attributes[toString]',
    'iot:Connection.Thing.Attributes[__proto__]',
    'iot:Connection.Thing.Attributes',
    'iot:Connection.Thing.',
    'iot:SourceIp',
    'aws:username',
    '',
  ])('%j has no value', (name) => expect(deviceVariables(facts)(name)).toBeUndefined())

  it('of the certificate that have a value are named', () => {
    expect(deviceVariables(facts)('iot:Certificate.AvailableKeys')).toEqual([
      'iot:Certificate.SerialNumber',
      ...['Country', 'Organization', 'OrganizationalUnit', 'State', 'CommonName', 'SerialNumber'].map(
        (name) => `iot:Certificate.Subject.${name}`,
      ),
      ...['RFC822Name', 'DNSName', 'UniformResourceIdentifier', 'IPAddress'].map(
        (name) => `iot:Certificate.Subject.AlternativeName.${name}`,
      ),
      ...['Country', 'Organization', 'CommonName'].map((name) => `iot:Certificate.Issuer.${name}`),
    ])
  })

  it.each([
    ['iot:Connection.Thing.ThingName', undefined],
    ['iot:Connection.Thing.Attributes[room]', undefined],
    ['iot:Connection.Thing.IsAttached', 'false'],
  ])('without a thing %s is %j', (name, value) => {
    const { thing: _, ...rest } = facts
    expect(deviceVariables({ ...rest, isAttached: false })(name)).toBe(value)
  })

  it('over HTTPS have no thing and no client id', () => {
    const lookup = deviceVariables({ certificateId: leaf.certificateId, certificate: leaf })
    for (const name of ['iot:ClientId', 'iot:Connection.Thing.IsAttached', 'iot:Connection.Thing.ThingName'])
      expect(lookup(name)).toBeUndefined()
  })

  it('of one request come first', () => {
    const lookup = deviceVariables({
      ...facts,
      conditions: { 'iot:ConnectAttributes': ['LastWill'], 'IOT:clientid': 'other' },
    })
    expect(lookup('iot:connectattributes')).toEqual(['LastWill'])
    expect(lookup('iot:ClientId')).toBe('other')
  })

  it('read the certificate only when asked for it', () => {
    const certificate = (): ParsedCertificate => {
      throw new Error('read')
    }
    const lookup = deviceVariables({ ...facts, certificate })
    expect(lookup('iot:ClientId')).toBe('client-1')
    expect(() => lookup('iot:Certificate.Subject.Country')).toThrow('read')
  })

  it('never fail, whatever the name', () => {
    const word = fc.constantFrom(
      'iot:',
      'Certificate.',
      'Subject.',
      'Connection.Thing.',
      'Attributes[',
      ']',
      'List',
      '.1',
      '.',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string())), (words) => {
        expect(() => deviceVariables(facts)(words.join(''))).not.toThrow()
      }),
    )
  })
})

describe('a grant by common name', () => {
  const policy = compilePolicy(
    parsePolicyDocument(
      JSON.stringify({
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Action: 'iot:Publish',
          Resource: 'arn:aws:iot:r:1:topic/${iot:Certificate.Subject.CommonName}/x',
        },
      }),
      'iot',
    ),
    'p',
  )
  const publishes = (commonName: string, topic: string) => {
    const { certificatePem } = ca.issue({ subject: [['CN', commonName]] })
    const certificate = parseCertificate(certificatePem)
    const lookup = deviceVariables({ certificateId: certificate.certificateId, certificate, clientId: 'c' })
    return evaluatePolicies([policy], {
      action: 'iot:Publish',
      resource: `arn:aws:iot:r:1:topic/${topic}/x`,
      lookup,
    }).effect
  }

  it.each(['lamp', 'a/b', '../../x', 'Ünïcode 😀', '{}', 'a,b', '"', 'a\\b', 'a\\\\,=b'])(
    'holds for %j',
    (commonName) => {
      expect(publishes(commonName, commonName)).toBe('allow')
      expect(publishes(commonName, 'another')).toBe('implicit-deny')
    },
  )

  it.each(['*', '+', '#', '?', '$', '${iot:ClientId}', 'a*', 'x'.repeat(10_000)])(
    'is nothing for %j',
    (commonName) => {
      for (const topic of [commonName, 'c', 'lamp', '${iot:Certificate.Subject.CommonName}'])
        expect(publishes(commonName, topic)).toBe('implicit-deny')
    },
  )
})
