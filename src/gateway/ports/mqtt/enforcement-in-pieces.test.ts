import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { connectPacket, packet, startTestGateway } from '../testing/test-gateway.ts'

describe('a change that concerns many', () => {
  it('is enforced in pieces: whoever asks meanwhile is answered after the first', async () => {
    await using gateway = await startTestGateway()
    const [asker] = await Promise.all(
      Array.from({ length: 5 }, async (_, index) => {
        const wire = await gateway.dial()
        wire.send(connectPacket.v3(`raw-${index}`))
        await wire.receive(4)
        return wire
      }),
    )
    const judgedBeforeAnswer: number[] = []
    while (judgedBeforeAnswer.length < 20 && !judgedBeforeAnswer.includes(1)) {
      // a busy kernel may deliver a moment later
      let judged = 0
      const answered = once(asker!.socket, 'data').then(() => judgedBeforeAnswer.push(judged))
      asker!.send(packet(0xc0))
      await gateway.policies.change((action) => {
        if (action === 'iot:Connect') judged += 1
        for (const begunAt = performance.now(); performance.now() - begunAt < 3;);
        return true
      })
      await answered
    }
    expect(judgedBeforeAnswer).toContain(1)
  })
})
