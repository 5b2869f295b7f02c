import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inPieces, turnOfOthers } from './turn-of-others.ts'

let answered = ''
const server = createServer((socket) => {
  socket.on('data', (chunk) => setImmediate(() => socket.write((answered += chunk.toString()))))
  socket.on('error', () => {})
})
let client: Socket

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(client, 'connect')
})

afterAll(() => {
  client.destroy()
  server.close()
})

/** Whether a client that asks in the midst of what has arrived is answered before `wait` is over. A busy kernel may deliver a moment later. */
async function isAnsweredBefore(wait: () => Promise<unknown>): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt++) {
    client.write('early ')
    await once(client, 'data')
    const question = `late ${performance.now()} `
    client.write(question)
    await wait()
    if (answered.includes(question)) return true
  }
  return false
}

function work(lastsMs: number): void {
  for (const begunAt = performance.now(); performance.now() - begunAt < lastsMs;);
}

it('goes on when what had arrived was answered, which is done at the end of a turn', async () => {
  expect(await isAnsweredBefore(turnOfOthers)).toBe(true)
})

it('would go on too early after the next turn', async () => {
  expect(await isAnsweredBefore(() => new Promise(setImmediate))).toBe(false)
})

describe('in pieces', () => {
  it('answers what had arrived once a piece has lasted', async () => {
    const pause = inPieces(1)
    expect(
      await isAnsweredBefore(async () => {
        work(1)
        await pause()
      }),
    ).toBe(true)
  })

  it('goes on at once until then, as each turn takes a moment', () => {
    expect(inPieces(600_000)()).toBeUndefined()
  })

  it('begins the next piece after the turn of others', async () => {
    const pause = inPieces(500)
    work(500)
    expect(pause()).toBeInstanceOf(Promise)
    await pause()
    expect(pause()).toBeUndefined()
  })
})
