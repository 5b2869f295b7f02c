import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { arn, context, elsewhere, grant } from './testing/test-account.ts'
import { effect, openDeviceScene, type DeviceScene } from './testing/test-device.ts'

const ca = makeCa()
let scene: DeviceScene
beforeEach(async () => void (scene = await openDeviceScene(ca)))
afterEach(() => scene[Symbol.asyncDispose]())

describe('a device', () => {
  it('without policies may nothing', async () => {
    using device = await scene.open()
    expect(device.decide('iot:Connect', arn('client/lamp-1'))).toEqual({
      effect: 'implicit-deny',
      variables: {},
    })
    expect(device.thingName).toBeUndefined()
  })

  it.each([
    ['iot.acme.example', 'allow'],
    ['other.example', 'implicit-deny'],
    [undefined, 'implicit-deny'],
  ])(
    'connected to the domain %s: a statement about iot:DomainName decides %s',
    async (domainName, outcome) => {
      const policy = grant('iot:Connect', arn('client/lamp-1'), {
        Condition: { StringEquals: { 'iot:DomainName': 'iot.acme.example' } },
      })
      await scene.attachNew('domain', policy)
      using device = await scene.open({ ...(domainName !== undefined && { domainName }) })
      expect(effect(device, 'iot:Connect', 'client/lamp-1')).toBe(outcome)
    },
  )

  it('may what its policies say, and learns which statement decided', async () => {
    await scene.attachNew('own', grant('iot:Connect', arn('client/${iot:ClientId}')))
    using device = await scene.open()
    expect(device.decide('iot:Connect', arn('client/lamp-1'))).toEqual({
      effect: 'allow',
      policyName: 'own',
      statement: 0,
      variables: { 'iot:ClientId': 'lamp-1' },
    })
    expect(device.decide('iot:Connect', arn('client/other'))).toMatchObject({
      effect: 'implicit-deny',
      nearestMiss: { failed: 'resource', wanted: [arn('client/lamp-1')] },
    })
  })

  it('gets the same answer again without another evaluation', async () => {
    await scene.attachNew('own', grant('iot:Connect'))
    using device = await scene.open()
    expect(device.decide('iot:Connect', arn('client/a'))).toBe(device.decide('iot:Connect', arn('client/a')))
    for (let topic = 0; topic < 200; topic++) device.decide('iot:Connect', arn(`client/${topic}`))
    expect(effect(device, 'iot:Connect', 'client/a')).toBe('allow')
  })

  it('is judged by the conditions of the request', async () => {
    const condition = { 'ForAnyValue:StringEquals': { 'iot:ConnectAttributes': ['LastWill'] } }
    await scene.attachNew('own', grant('iot:Connect', '*', { Condition: condition }))
    using device = await scene.open()
    const connect = (conditions?: Record<string, string | string[]>) =>
      device.decide('iot:Connect', arn('client/a'), conditions).effect
    expect(connect()).toBe('implicit-deny')
    expect(connect({ 'iot:ConnectAttributes': ['LastWill'] })).toBe('allow')
    expect(connect({ 'iot:ConnectAttributes': ['PersistentConnect'] })).toBe('implicit-deny')
    expect(connect({})).toBe('implicit-deny')
  })

  it.each([
    ['aws:SourceIp', { IpAddress: { 'aws:SourceIp': '198.51.100.0/24' } }],
    ['the certificate', { StringEquals: { 'iot:Certificate.Subject.CommonName': 'lamp-1' } }],
    ['the certificate id', { StringLike: { 'iot:CertificateId': '????????*' } }],
    ['no thing', { Bool: { 'iot:Connection.Thing.IsAttached': 'false' } }],
  ])('is judged by %s', async (_title, condition) => {
    await scene.attachNew('own', grant('iot:Connect', '*', { Condition: condition }))
    using device = await scene.open()
    expect(effect(device, 'iot:Connect', 'client/a')).toBe('allow')
  })

  it('is judged by the time of each request', async () => {
    await scene.attachNew(
      'own',
      grant('iot:Connect', '*', {
        Condition: {
          DateLessThan: { 'aws:CurrentTime': new Date(scene.account.now().getTime() + 8000).toISOString() },
        },
      }),
    )
    using device = await scene.open()
    expect(device.canRemember).toBe(false)
    expect(effect(device, 'iot:Connect', 'client/a')).toBe('allow')
    for (let second = 0; second < 10; second++) scene.account.now()
    expect(effect(device, 'iot:Connect', 'client/a')).toBe('implicit-deny')
  })

  it('of another account is not granted anything by this one', async () => {
    await scene.attachNew('own', grant('*'))
    using device = await scene.open({ accountId: elsewhere.accountId })
    expect(effect(device, 'iot:Connect', 'client/a')).toBe('implicit-deny')
  })

  it('with a policy that cannot be read any more may nothing', async () => {
    await scene.attachNew('own', grant('*'))
    await scene.attachNew('broken', grant('iot:Connect'))
    await scene.account.store.transact((db) =>
      db
        .updateTable('iot_policy_versions')
        .set({ document: '{' })
        .where('policy_name', '=', 'broken')
        .execute(),
    )
    using device = await scene.open()
    expect(device.decide('iot:Connect', arn('client/a'))).toMatchObject({
      effect: 'explicit-deny',
      policyName: 'broken',
    })
  })
})

describe('the thing of a connection', () => {
  beforeEach(async () => {
    await scene.account.createThing('lamp-1', { room: 'kitchen' })
    await scene.account.createThing('lamp-2')
    await scene.attachNew(
      'own',
      grant(
        'iot:Publish',
        arn('topic/${iot:Connection.Thing.ThingName}/${iot:Connection.Thing.Attributes[room]}'),
      ),
    )
  })

  it.each([
    ['is the attached one that the client calls itself', 'lamp-1', undefined, {}, 'lamp-1'],
    [
      'is the exclusive one, whatever the client calls itself',
      'lamp-1',
      'EXCLUSIVE_THING',
      { clientId: 'x' },
      'lamp-1',
    ],
    ['is none when the client calls itself otherwise', 'lamp-1', undefined, { clientId: 'x' }, undefined],
    ['is none when another thing is attached', 'lamp-2', undefined, {}, undefined],
    ['is none over HTTPS', 'lamp-1', undefined, { protocol: 'http' }, undefined],
    [
      'is none over HTTPS, also when exclusive',
      'lamp-1',
      'EXCLUSIVE_THING',
      { protocol: 'http', clientId: '' },
      undefined,
    ],
  ] as const)('%s', async (_title, thingName, type, request, expected) => {
    await scene.attachThing(thingName, type)
    using device = await scene.open(request)
    expect(device.thingName).toBe(expected)
    expect(effect(device, 'iot:Publish', 'topic/lamp-1/kitchen')).toBe(
      expected === undefined ? 'implicit-deny' : 'allow',
    )
  })

  it('brings in the policies of its groups and of those above them', async () => {
    await scene.account.groups.CreateThingGroup({ thingGroupName: 'top' }, context)
    await scene.account.groups.CreateThingGroup({ thingGroupName: 'sub', parentGroupName: 'top' }, context)
    await scene.account.groups.AddThingToThingGroup({ thingName: 'lamp-1', thingGroupName: 'sub' }, context)
    await scene.attachNew('group', grant('iot:Receive'), arn('thinggroup/top'))
    using stranger = await scene.open()
    expect(effect(stranger, 'iot:Receive', 'topic/x')).toBe('implicit-deny')
    await scene.attachThing('lamp-1')
    expect(effect(stranger, 'iot:Receive', 'topic/x')).toBe('allow')
    using other = await scene.open({ clientId: 'other' })
    expect(effect(other, 'iot:Receive', 'topic/x')).toBe('implicit-deny')
  })
})

describe('the thing of a connection', () => {
  it.each([
    ['the only one of its certificate', 'EXCLUSIVE_THING', true],
    ['one of several', undefined, false],
  ] as const)('is known to be %s', async (_what, thingPrincipalType, isThingExclusive) => {
    await scene.account.createThing('lamp-1')
    await scene.attachThing('lamp-1', thingPrincipalType)
    using device = await scene.open()
    expect(device).toMatchObject({ thingName: 'lamp-1', isThingExclusive })
  })

  it('is not known to be anything when there is none', async () => {
    using device = await scene.open()
    expect(device).toMatchObject({ thingName: undefined, isThingExclusive: false })
  })
})
