/** What those who are not let in can do to those who are. */
import { describe, expect, it } from 'vitest'
import { connectPacket, startTestGateway } from './testing/test-gateway.ts'

const bare = { cert: undefined, key: undefined } as never

describe('attempts to connect', () => {
  const limits = { maxConnectsPerSecond: 1, maxConnectsPerSecondOfClientId: 1 }

  it('without a certificate do not use up the rate of the account, nor that of a client id', async () => {
    await using gateway = await startTestGateway({ limits })
    for (let times = 0; times < 15; times++) {
      const wire = await gateway.dial(bare)
      wire.send(connectPacket.v3('lamp-1'))
      await wire.closed
    }
    const client = await gateway.connect()
    expect(client.connected).toBe(true)
    expect(new Set(gateway.codes())).toEqual(new Set(['no-certificate', 'connected']))
    await client.endAsync()
  })

  it('of a device that no policy lets connect so do not either', async () => {
    let isAllowed = false
    await using gateway = await startTestGateway({ limits, isAllowed: () => isAllowed })
    for (let times = 0; times < 15; times++) {
      const wire = await gateway.dial()
      wire.send(connectPacket.v3('lamp-1'))
      await wire.closed
    }
    isAllowed = true
    const client = await gateway.connect()
    expect(client.connected).toBe(true)
    await client.endAsync()
  })
})

describe('the journal', () => {
  const attempts = 40

  it('counts strangers who come too often, and names every device', async () => {
    await using gateway = await startTestGateway({ isAllowed: () => false, now: () => new Date(0) })
    for (let times = 0; times < attempts; times++) {
      for (const tls of [bare, {}]) {
        const wire = await gateway.dial(tls)
        wire.send(connectPacket.v3('lamp-1'))
        await wire.closed
      }
    }
    const count = (code: string) => gateway.codes().filter((one) => one === code).length
    expect([count('no-certificate'), count('connect-denied')]).toEqual([20, attempts])
  })

  it('is not filled by requests that are forbidden', async () => {
    await using gateway = await startTestGateway({ now: () => new Date(0) })
    for (let times = 0; times < 2; times++) {
      const wire = await gateway.dial(bare)
      const request = 'GET /a HTTP/1.1\r\nHost: a\r\n'
      const last = `${request}Connection: close\r\n\r\n`
      wire.send(Buffer.from(`${request}\r\n`.repeat(attempts) + last))
      await wire.closed
    }
    expect(gateway.entries).toHaveLength(20)
  })
})
