import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import type { DeviceCertificate } from '../../pki/certificates/index.ts'
import type { Db } from '../../store/index.ts'
import {
  attachPolicy,
  createDeviceAuthorizer,
  createPolicy,
  type AuthorizationRequest,
  type DeviceAuthorization,
  type DeviceAuthorizer,
} from './index.ts'
import { arn, context, elsewhere, grant, openTestAccount, type TestAccount } from './testing/test-account.ts'

const ca = makeCa()
let account: TestAccount
let policies: TestAccount['policies']
let authorizer: DeviceAuthorizer
let certificate: DeviceCertificate
beforeEach(async () => {
  account = await openTestAccount(ca)
  policies = account.policies
  authorizer = createDeviceAuthorizer({ store: account.store, fabric: account.fabric, now: account.now })
  certificate = await account.registerCertificate('CN=lamp-1')
})
afterEach(async () => {
  authorizer[Symbol.dispose]()
  await account[Symbol.asyncDispose]()
})

const open = async (request: Partial<AuthorizationRequest> = {}): Promise<DeviceAuthorization> =>
  authorizer.open({
    accountId: context.accountId,
    certificate,
    clientId: 'lamp-1',
    sourceIp: '198.51.100.7',
    protocol: 'mqtt',
    ...request,
  })
const effect = (device: DeviceAuthorization, action: string, resource: string) =>
  device.decide(action, arn(resource)).effect

async function attachNew(policyName: string, policyDocument: string, target = certificate.certificateArn) {
  await policies.CreatePolicy({ policyName, policyDocument }, context)
  await policies.AttachPolicy({ policyName, target }, context)
}
const attachThing = (thingName: string, thingPrincipalType?: 'EXCLUSIVE_THING') =>
  account.things.AttachThingPrincipal(
    { thingName, principal: certificate.certificateArn, ...(thingPrincipalType && { thingPrincipalType }) },
    context,
  )

describe('a device', () => {
  it('without policies may nothing', async () => {
    using device = await open()
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
      await attachNew('domain', policy)
      using device = await open({ ...(domainName !== undefined && { domainName }) })
      expect(effect(device, 'iot:Connect', 'client/lamp-1')).toBe(outcome)
    },
  )

  it('may what its policies say, and learns which statement decided', async () => {
    await attachNew('own', grant('iot:Connect', arn('client/${iot:ClientId}')))
    using device = await open()
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
    await attachNew('own', grant('iot:Connect'))
    using device = await open()
    expect(device.decide('iot:Connect', arn('client/a'))).toBe(device.decide('iot:Connect', arn('client/a')))
    for (let topic = 0; topic < 200; topic++) device.decide('iot:Connect', arn(`client/${topic}`))
    expect(effect(device, 'iot:Connect', 'client/a')).toBe('allow')
  })

  it('is judged by the conditions of the request', async () => {
    const condition = { 'ForAnyValue:StringEquals': { 'iot:ConnectAttributes': ['LastWill'] } }
    await attachNew('own', grant('iot:Connect', '*', { Condition: condition }))
    using device = await open()
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
    await attachNew('own', grant('iot:Connect', '*', { Condition: condition }))
    using device = await open()
    expect(effect(device, 'iot:Connect', 'client/a')).toBe('allow')
  })

  it('is judged by the time of each request', async () => {
    await attachNew(
      'own',
      grant('iot:Connect', '*', {
        Condition: {
          DateLessThan: { 'aws:CurrentTime': new Date(account.now().getTime() + 8000).toISOString() },
        },
      }),
    )
    using device = await open()
    expect(device.canRemember).toBe(false)
    expect(effect(device, 'iot:Connect', 'client/a')).toBe('allow')
    for (let second = 0; second < 10; second++) account.now()
    expect(effect(device, 'iot:Connect', 'client/a')).toBe('implicit-deny')
  })

  it('of another account is not granted anything by this one', async () => {
    await attachNew('own', grant('*'))
    using device = await open({ accountId: elsewhere.accountId })
    expect(effect(device, 'iot:Connect', 'client/a')).toBe('implicit-deny')
  })

  it('with a policy that cannot be read any more may nothing', async () => {
    await attachNew('own', grant('*'))
    await attachNew('broken', grant('iot:Connect'))
    await account.store.transact((db) =>
      db
        .updateTable('iot_policy_versions')
        .set({ document: '{' })
        .where('policy_name', '=', 'broken')
        .execute(),
    )
    using device = await open()
    expect(device.decide('iot:Connect', arn('client/a'))).toMatchObject({
      effect: 'explicit-deny',
      policyName: 'broken',
    })
  })
})

describe('the thing of a connection', () => {
  beforeEach(async () => {
    await account.createThing('lamp-1', { room: 'kitchen' })
    await account.createThing('lamp-2')
    await attachNew(
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
    await attachThing(thingName, type)
    using device = await open(request)
    expect(device.thingName).toBe(expected)
    expect(effect(device, 'iot:Publish', 'topic/lamp-1/kitchen')).toBe(
      expected === undefined ? 'implicit-deny' : 'allow',
    )
  })

  it('brings in the policies of its groups and of those above them', async () => {
    await account.groups.CreateThingGroup({ thingGroupName: 'top' }, context)
    await account.groups.CreateThingGroup({ thingGroupName: 'sub', parentGroupName: 'top' }, context)
    await account.groups.AddThingToThingGroup({ thingName: 'lamp-1', thingGroupName: 'sub' }, context)
    await attachNew('group', grant('iot:Receive'), arn('thinggroup/top'))
    using stranger = await open()
    expect(effect(stranger, 'iot:Receive', 'topic/x')).toBe('implicit-deny')
    await attachThing('lamp-1')
    expect(effect(stranger, 'iot:Receive', 'topic/x')).toBe('allow')
    using other = await open({ clientId: 'other' })
    expect(effect(other, 'iot:Receive', 'topic/x')).toBe('implicit-deny')
  })
})

describe('an open connection decides at once by', () => {
  const connect = (device: DeviceAuthorization) => effect(device, 'iot:Connect', 'client/a')
  let device: DeviceAuthorization
  let told: number
  beforeEach(async () => {
    await account.createThing('lamp-1', { room: 'kitchen' })
    await account.groups.CreateThingGroup({ thingGroupName: 'group' }, context)
    device = await open()
    told = 0
    device.onChanged(() => void told++)
  })
  afterEach(() => device[Symbol.dispose]())

  /** Does it, and says whether the connection heard of it. */
  async function changes(act: () => Promise<unknown>): Promise<boolean> {
    const { version } = device
    const before = told
    await act()
    expect(device.version - version).toBe(told - before)
    return device.version > version
  }

  it('a policy that is attached, and one that is detached', async () => {
    const target = certificate.certificateArn
    expect(await changes(() => attachNew('own', grant('iot:Connect')))).toBe(true)
    expect(connect(device)).toBe('allow')
    expect(await changes(() => policies.DetachPolicy({ policyName: 'own', target }, context))).toBe(true)
    expect(connect(device)).toBe('implicit-deny')
  })

  it('another default version', async () => {
    await attachNew('own', grant('iot:Connect'))
    const policyName = 'own'
    const version = { policyName, policyDocument: grant('iot:Publish') }
    expect(await changes(() => policies.CreatePolicyVersion(version, context))).toBe(false)
    expect(connect(device)).toBe('allow')
    expect(
      await changes(() => policies.SetDefaultPolicyVersion({ policyName, policyVersionId: '2' }, context)),
    ).toBe(true)
    expect(connect(device)).toBe('implicit-deny')
  })

  it('the attachment of its thing, its attributes, and the end of the attachment', async () => {
    const condition = { StringEquals: { 'iot:Connection.Thing.Attributes[room]': 'hall' } }
    await attachNew('own', grant('iot:Connect', '*', { Condition: condition }))
    await attachThing('lamp-1')
    expect([device.thingName, connect(device)]).toEqual(['lamp-1', 'implicit-deny'])
    const attributePayload = { attributes: { room: 'hall' } }
    await account.things.UpdateThing({ thingName: 'lamp-1', attributePayload }, context)
    expect(connect(device)).toBe('allow')
    await account.things.DetachThingPrincipal(
      { thingName: 'lamp-1', principal: certificate.certificateArn },
      context,
    )
    expect([device.thingName, connect(device)]).toEqual([undefined, 'implicit-deny'])
  })

  it('a new version that asks for what no version asked for before', async () => {
    await attachThing('lamp-1')
    await attachNew('own', grant('iot:Connect'))
    const condition = { StringEquals: { 'iot:Connection.Thing.Attributes[room]': 'kitchen' } }
    const version = {
      policyName: 'own',
      policyDocument: grant('iot:Connect', '*', { Condition: condition }),
      setAsDefault: true,
    }
    await policies.CreatePolicyVersion(version, context)
    expect(connect(device)).toBe('allow')
  })

  it("its thing's groups: joined, granted more, left, deleted", async () => {
    await attachThing('lamp-1')
    const membership = { thingName: 'lamp-1', thingGroupName: 'group' }
    await account.groups.AddThingToThingGroup(membership, context)
    await attachNew('group', grant('iot:Connect'), arn('thinggroup/group'))
    expect(connect(device)).toBe('allow')
    await account.groups.RemoveThingFromThingGroup(membership, context)
    expect(connect(device)).toBe('implicit-deny')
    await account.groups.AddThingToThingGroup(membership, context)
    expect(connect(device)).toBe('allow')
    await account.groups.DeleteThingGroup({ thingGroupName: 'group' }, context)
    expect(connect(device)).toBe('implicit-deny')
  })

  it('what was provisioned in one transaction and announced by its certificate alone', async () => {
    const { accountId } = context
    const provision = async (db: Db) => {
      await createPolicy(db, {
        accountId,
        policyName: 'own',
        policyDocument: grant('iot:Connect'),
        now: new Date(),
      })
      await attachPolicy(db, { accountId, policyName: 'own', target: certificate.certificateArn })
    }
    await account.store.transact(provision)
    expect(connect(device)).toBe('implicit-deny')
    await account.fabric.announce({ accountId, kind: 'certificate', id: certificate.certificateId })
    expect(connect(device)).toBe('allow')
  })

  it('nothing that concerns others', async () => {
    const other = await account.registerCertificate('CN=other')
    const act = () => attachNew('own', grant('iot:Connect'), other.certificateArn)
    expect(await changes(act)).toBe(false)
    expect(await changes(() => account.createThing('lamp-9'))).toBe(false)
  })

  it('many changes at the same time', async () => {
    await attachNew('own', grant('iot:Connect'))
    const target = certificate.certificateArn
    for (let round = 0; round < 5; round++)
      await Promise.all([
        policies.DetachPolicy({ policyName: 'own', target }, context),
        policies.AttachPolicy({ policyName: 'own', target }, context),
        account.things.UpdateThing(
          { thingName: 'lamp-1', attributePayload: { attributes: { round: String(round) } } },
          context,
        ),
        policies.DetachPolicy({ policyName: 'own', target }, context),
      ])
    const { policies: attached } = await policies.ListAttachedPolicies({ target }, context)
    expect(connect(device)).toBe(attached?.length ? 'allow' : 'implicit-deny')
  })

  it('nothing any more once it is closed', async () => {
    device[Symbol.dispose]()
    expect(await changes(() => attachNew('own', grant('iot:Connect')))).toBe(false)
    using again = await open()
    expect(connect(again)).toBe('allow')
  })
})

describe('what is remembered for reconnects', () => {
  /** Counts the queries that opening makes. */
  function counting() {
    let queries = 0
    const read = new Proxy(account.store.read, {
      get: (db, name) => {
        if (name === 'executeQuery') queries++
        const member: unknown = Reflect.get(db, name)
        return typeof member === 'function' ? (member.bind(db) as unknown) : member
      },
    })
    const counted = createDeviceAuthorizer({ store: { read }, fabric: account.fabric })
    const openCounted = (clientId = 'lamp-1') =>
      counted.open({ accountId: context.accountId, certificate, clientId, sourceIp: '', protocol: 'mqtt' })
    return { open: openCounted, queries: () => queries }
  }

  it('spares them all queries', async () => {
    await attachNew('own', grant('iot:Connect'))
    const counted = counting()
    ;(await counted.open())[Symbol.dispose]()
    const before = counted.queries()
    expect(before).toBeGreaterThan(0)
    using again = await counted.open()
    expect(counted.queries()).toBe(before)
    expect(effect(again, 'iot:Connect', 'client/a')).toBe('allow')
  })

  it('is shared by connections that open at the same time', async () => {
    const counted = counting()
    await counted.open('one')
    const queries = counted.queries()
    await Promise.all([counted.open('two'), counted.open('two'), counted.open('two')])
    expect(counted.queries()).toBe(2 * queries)
  })

  it('is forgotten when it changes', async () => {
    ;(await open())[Symbol.dispose]()
    await attachNew('own', grant('iot:Connect'))
    using again = await open()
    expect(effect(again, 'iot:Connect', 'client/a')).toBe('allow')
  })

  it('is loaded again when it changes while it is loaded', async () => {
    const opening = open()
    await attachNew('own', grant('iot:Connect'))
    using device = await opening
    expect(effect(device, 'iot:Connect', 'client/a')).toBe('allow')
  })

  it('grants nothing when it cannot be loaded after a change', async () => {
    await attachNew('own', grant('iot:Connect'))
    let isBroken = false
    const read = new Proxy(account.store.read, {
      get: (db, name) => {
        if (isBroken) throw new Error('broken')
        const member: unknown = Reflect.get(db, name)
        return typeof member === 'function' ? (member.bind(db) as unknown) : member
      },
    })
    const listeners: ((change: {
      accountId: string
      kind: 'iot-policy'
      id: string
    }) => Promise<void> | void)[] = []
    const onChange = (listener: (typeof listeners)[number]) => {
      listeners.push(listener)
      return { [Symbol.dispose]: () => {} }
    }
    const fragile = createDeviceAuthorizer({ store: { read }, fabric: { onChange: onChange as never } })
    const request = {
      accountId: context.accountId,
      certificate,
      clientId: 'a',
      sourceIp: '',
      protocol: 'mqtt' as const,
    }
    using device = await fragile.open(request)
    expect(effect(device, 'iot:Connect', 'client/a')).toBe('allow')
    isBroken = true
    const change = { accountId: context.accountId, kind: 'iot-policy' as const, id: 'own' }
    await expect(listeners[0]!(change)).rejects.toThrow('broken')
    expect(effect(device, 'iot:Connect', 'client/a')).toBe('implicit-deny')
    isBroken = false
    await listeners[0]!(change)
    expect(effect(device, 'iot:Connect', 'client/a')).toBe('allow')
  })
})

describe('an announcement', () => {
  it('waits for what the connections that it concerns do about it', async () => {
    await attachNew('own', grant('iot:Connect'))
    using device = await open()
    let isDone = false
    device.onChanged(async () => {
      await new Promise((resolve) => setImmediate(resolve))
      isDone = true
    })
    await policies.DetachPolicy({ policyName: 'own', target: certificate.certificateArn }, context)
    expect(isDone).toBe(true)
  })

  it('is heard no more by a listener that was taken away', async () => {
    await attachNew('own', grant('iot:Connect'))
    using device = await open()
    let told = 0
    device.onChanged(() => void told++)[Symbol.dispose]()
    await policies.DetachPolicy({ policyName: 'own', target: certificate.certificateArn }, context)
    expect(told).toBe(0)
  })

  it('concerns thousands of connections without stopping the rest of the server', async () => {
    await attachNew('own', grant('iot:Connect'))
    const devices = await Promise.all(Array.from({ length: 3000 }, (_, n) => open({ clientId: `c-${n}` })))
    for (const device of devices) {
      device.onChanged(() => {
        for (const end = performance.now() + 0.05; performance.now() < end;); // 150 ms for all
      })
    }
    let turns = 0
    const watch = setInterval(() => turns++, 1)
    await policies.DetachPolicy({ policyName: 'own', target: certificate.certificateArn }, context)
    clearInterval(watch)
    expect(devices.every((device) => effect(device, 'iot:Connect', 'client/x') === 'implicit-deny')).toBe(
      true,
    )
    expect(turns).toBeGreaterThan(2) // others had theirs
    for (const device of devices) device[Symbol.dispose]()
  })
})

describe('the thing of a connection', () => {
  it.each([
    ['the only one of its certificate', 'EXCLUSIVE_THING', true],
    ['one of several', undefined, false],
  ] as const)('is known to be %s', async (_what, thingPrincipalType, isThingExclusive) => {
    await account.createThing('lamp-1')
    await attachThing('lamp-1', thingPrincipalType)
    using device = await open()
    expect(device).toMatchObject({ thingName: 'lamp-1', isThingExclusive })
  })

  it('is not known to be anything when there is none', async () => {
    using device = await open()
    expect(device).toMatchObject({ thingName: undefined, isThingExclusive: false })
  })
})
