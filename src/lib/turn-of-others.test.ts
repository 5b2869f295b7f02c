import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { turnOfOthers } from './turn-of-others.ts'

it('goes on when what had arrived was answered, which is done at the end of a turn', async () => {
  let answered = ''
  const server = createServer((socket) => {
    socket.on('data', (chunk) => setImmediate(() => socket.write((answered += chunk.toString()))))
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(client, 'connect')

  let isAnswered = false
  for (let attempt = 0; attempt < 20 && !isAnswered; attempt++) {
    // a busy kernel may deliver a moment later
    client.write('early ')
    await once(client, 'data') // in the midst of what has arrived
    client.write(`late ${attempt} `)
    await turnOfOthers()
    isAnswered = answered.includes(`late ${attempt} `)
  }

  expect(isAnswered).toBe(true)
  client.destroy()
  server.close()
})
