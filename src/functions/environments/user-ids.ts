/**
 * The ids of users that environments run as when the server is root: no person's, and no other server's on this machine. What is killed
 * or counted by user id would be another server's function else.
 */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** As many as environments and such as are still being killed. */
const idsOfServer = 32
const allIds = { firstOfAll: 58_000, blockCount: 60 }

export interface UserIds extends AsyncDisposable {
  /** The first of 32. */
  first: number
}

/**
 * Takes 32 ids until it is disposed of or the process ends, however it ends. Other systems than Linux have no names of this kind, and
 * without root none of the ids is used: there, and where all are taken, chance has to do.
 */
export async function reserveUserIds({ firstOfAll, blockCount } = allIds): Promise<UserIds> {
  const offset = randomInt(blockCount)
  const isOfUse = process.platform === 'linux' && process.getuid?.() === 0
  for (let at = 0; isOfUse && at < blockCount; at++) {
    const first = firstOfAll + idsOfServer * ((offset + at) % blockCount)
    const holder = await hold(first)
    if (holder) return { first, [Symbol.asyncDispose]: () => letGo(holder) }
  }
  return { first: firstOfAll + idsOfServer * offset, [Symbol.asyncDispose]: () => Promise.resolve() }
}

/** The kernel gives an abstract name to one socket at a time. [Linux unix(7), "Address format"] */
async function hold(first: number): Promise<Server | undefined> {
  const holder = createServer((socket) => socket.destroy())
  try {
    holder.listen(`\0muster/function-users/${first}`)
    await once(holder, 'listening')
    return holder.unref()
  } catch {
    return undefined
  }
}

async function letGo(holder: Server): Promise<void> {
  holder.close()
  await once(holder, 'close')
}
