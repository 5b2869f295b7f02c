import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import type { Db } from '../../store/index.ts'
import { attachPolicy, createPolicy, type DeviceAuthorization } from './index.ts'
import { arn, context, grant } from './testing/test-account.ts'
import { effect, openDeviceScene, type DeviceScene } from './testing/test-device.ts'

const ca = makeCa()
let scene: DeviceScene
beforeEach(async () => void (scene = await openDeviceScene(ca)))
afterEach(() => scene[Symbol.asyncDispose]())

describe('an open connection decides at once by', () => {
  const connect = (device: DeviceAuthorization) => effect(device, 'iot:Connect', 'client/a')
  let device: DeviceAuthorization
  let told: number
  beforeEach(async () => {
    await scene.account.createThing('lamp-1', { room: 'kitchen' })
    await scene.account.groups.CreateThingGroup({ thingGroupName: 'group' }, context)
    device = await scene.open()
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
    const target = scene.certificate.certificateArn
    expect(await changes(() => scene.attachNew('own', grant('iot:Connect')))).toBe(true)
    expect(connect(device)).toBe('allow')
    expect(await changes(() => scene.policies.DetachPolicy({ policyName: 'own', target }, context))).toBe(
      true,
    )
    expect(connect(device)).toBe('implicit-deny')
  })

  it('another default version', async () => {
    await scene.attachNew('own', grant('iot:Connect'))
    const policyName = 'own'
    const version = { policyName, policyDocument: grant('iot:Publish') }
    expect(await changes(() => scene.policies.CreatePolicyVersion(version, context))).toBe(false)
    expect(connect(device)).toBe('allow')
    expect(
      await changes(() =>
        scene.policies.SetDefaultPolicyVersion({ policyName, policyVersionId: '2' }, context),
      ),
    ).toBe(true)
    expect(connect(device)).toBe('implicit-deny')
  })

  it('the attachment of its thing, its attributes, and the end of the attachment', async () => {
    const condition = { StringEquals: { 'iot:Connection.Thing.Attributes[room]': 'hall' } }
    await scene.attachNew('own', grant('iot:Connect', '*', { Condition: condition }))
    await scene.attachThing('lamp-1')
    expect([device.thingName, connect(device)]).toEqual(['lamp-1', 'implicit-deny'])
    const attributePayload = { attributes: { room: 'hall' } }
    await scene.account.things.UpdateThing({ thingName: 'lamp-1', attributePayload }, context)
    expect(connect(device)).toBe('allow')
    await scene.account.things.DetachThingPrincipal(
      { thingName: 'lamp-1', principal: scene.certificate.certificateArn },
      context,
    )
    expect([device.thingName, connect(device)]).toEqual([undefined, 'implicit-deny'])
  })

  it('a new version that asks for what no version asked for before', async () => {
    await scene.attachThing('lamp-1')
    await scene.attachNew('own', grant('iot:Connect'))
    const condition = { StringEquals: { 'iot:Connection.Thing.Attributes[room]': 'kitchen' } }
    const version = {
      policyName: 'own',
      policyDocument: grant('iot:Connect', '*', { Condition: condition }),
      setAsDefault: true,
    }
    await scene.policies.CreatePolicyVersion(version, context)
    expect(connect(device)).toBe('allow')
  })

  it("its thing's groups: joined, granted more, left, deleted", async () => {
    await scene.attachThing('lamp-1')
    const membership = { thingName: 'lamp-1', thingGroupName: 'group' }
    await scene.account.groups.AddThingToThingGroup(membership, context)
    await scene.attachNew('group', grant('iot:Connect'), arn('thinggroup/group'))
    expect(connect(device)).toBe('allow')
    await scene.account.groups.RemoveThingFromThingGroup(membership, context)
    expect(connect(device)).toBe('implicit-deny')
    await scene.account.groups.AddThingToThingGroup(membership, context)
    expect(connect(device)).toBe('allow')
    await scene.account.groups.DeleteThingGroup({ thingGroupName: 'group' }, context)
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
      await attachPolicy(db, { accountId, policyName: 'own', target: scene.certificate.certificateArn })
    }
    await scene.account.store.transact(provision)
    expect(connect(device)).toBe('implicit-deny')
    await scene.account.fabric.announce({
      accountId,
      kind: 'certificate',
      id: scene.certificate.certificateId,
    })
    expect(connect(device)).toBe('allow')
  })

  it('nothing that concerns others', async () => {
    const other = await scene.account.registerCertificate('CN=other')
    const act = () => scene.attachNew('own', grant('iot:Connect'), other.certificateArn)
    expect(await changes(act)).toBe(false)
    expect(await changes(() => scene.account.createThing('lamp-9'))).toBe(false)
  })

  it('many changes at the same time', async () => {
    await scene.attachNew('own', grant('iot:Connect'))
    const target = scene.certificate.certificateArn
    for (let round = 0; round < 5; round++)
      await Promise.all([
        scene.policies.DetachPolicy({ policyName: 'own', target }, context),
        scene.policies.AttachPolicy({ policyName: 'own', target }, context),
        scene.account.things.UpdateThing(
          { thingName: 'lamp-1', attributePayload: { attributes: { round: String(round) } } },
          context,
        ),
        scene.policies.DetachPolicy({ policyName: 'own', target }, context),
      ])
    const { policies: attached } = await scene.policies.ListAttachedPolicies({ target }, context)
    expect(connect(device)).toBe(attached?.length ? 'allow' : 'implicit-deny')
  })

  it('nothing any more once it is closed', async () => {
    device[Symbol.dispose]()
    expect(await changes(() => scene.attachNew('own', grant('iot:Connect')))).toBe(false)
    using again = await scene.open()
    expect(connect(again)).toBe('allow')
  })
})

describe('an announcement', () => {
  it('waits for what the connections that it concerns do about it', async () => {
    await scene.attachNew('own', grant('iot:Connect'))
    using device = await scene.open()
    let isDone = false
    device.onChanged(async () => {
      await new Promise((resolve) => setImmediate(resolve))
      isDone = true
    })
    await scene.policies.DetachPolicy(
      { policyName: 'own', target: scene.certificate.certificateArn },
      context,
    )
    expect(isDone).toBe(true)
  })

  it('is heard no more by a listener that was taken away', async () => {
    await scene.attachNew('own', grant('iot:Connect'))
    using device = await scene.open()
    let told = 0
    device.onChanged(() => void told++)[Symbol.dispose]()
    await scene.policies.DetachPolicy(
      { policyName: 'own', target: scene.certificate.certificateArn },
      context,
    )
    expect(told).toBe(0)
  })

  it('concerns thousands of connections without stopping the rest of the server', async () => {
    await scene.attachNew('own', grant('iot:Connect'))
    const devices = await Promise.all(
      Array.from({ length: 3000 }, (_, n) => scene.open({ clientId: `c-${n}` })),
    )
    for (const device of devices) {
      device.onChanged(() => {
        for (const end = performance.now() + 0.05; performance.now() < end;); // 150 ms for all
      })
    }
    let turns = 0
    const watch = setInterval(() => turns++, 1)
    await scene.policies.DetachPolicy(
      { policyName: 'own', target: scene.certificate.certificateArn },
      context,
    )
    clearInterval(watch)
    expect(devices.every((device) => effect(device, 'iot:Connect', 'client/x') === 'implicit-deny')).toBe(
      true,
    )
    expect(turns).toBeGreaterThan(2) // others had theirs
    for (const device of devices) device[Symbol.dispose]()
  })
})
