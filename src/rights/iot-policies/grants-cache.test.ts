import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { createDeviceAuthorizer } from './index.ts'
import { context, grant } from './testing/test-account.ts'
import { effect, openDeviceScene, type DeviceScene } from './testing/test-device.ts'

const ca = makeCa()
let scene: DeviceScene
beforeEach(async () => void (scene = await openDeviceScene(ca)))
afterEach(() => scene[Symbol.asyncDispose]())

describe('what is remembered for reconnects', () => {
  /** Counts the queries that opening makes. */
  function counting() {
    let queries = 0
    const read = new Proxy(scene.account.store.read, {
      get: (db, name) => {
        if (name === 'executeQuery') queries++
        const member: unknown = Reflect.get(db, name)
        return typeof member === 'function' ? (member.bind(db) as unknown) : member
      },
    })
    const counted = createDeviceAuthorizer({ store: { read }, fabric: scene.account.fabric })
    const openCounted = (clientId = 'lamp-1') =>
      counted.open({
        accountId: context.accountId,
        certificate: scene.certificate,
        clientId,
        sourceIp: '',
        protocol: 'mqtt',
      })
    return { open: openCounted, queries: () => queries }
  }

  it('spares them all queries', async () => {
    await scene.attachNew('own', grant('iot:Connect'))
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
    ;(await scene.open())[Symbol.dispose]()
    await scene.attachNew('own', grant('iot:Connect'))
    using again = await scene.open()
    expect(effect(again, 'iot:Connect', 'client/a')).toBe('allow')
  })

  it('is loaded again when it changes while it is loaded', async () => {
    const opening = scene.open()
    await scene.attachNew('own', grant('iot:Connect'))
    using device = await opening
    expect(effect(device, 'iot:Connect', 'client/a')).toBe('allow')
  })

  it('grants nothing when it cannot be loaded after a change', async () => {
    await scene.attachNew('own', grant('iot:Connect'))
    let isBroken = false
    const read = new Proxy(scene.account.store.read, {
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
      certificate: scene.certificate,
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
