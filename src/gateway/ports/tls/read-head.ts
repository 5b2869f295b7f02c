import type { Socket } from 'node:net'

interface HeadReader<Head> {
  /** Looks at all the bytes so far. */
  read: (bytes: Buffer) => Head | 'incomplete'
  /** How many bytes of a head are taken away; the others are read again by whoever comes next. */
  lengthOf: (head: Head) => number
  /** Absent when somebody else watches the time. */
  timeoutMs?: number
}

/**
 * Reads the first bytes of a connection that nobody has read yet, and pauses it again.
 * `undefined` when it ends, or the time is over, before the head is there; the socket is destroyed then.
 */
export function readHead<Head>(
  socket: Socket,
  { read, lengthOf, timeoutMs }: HeadReader<Head>,
  done: (head: Head | undefined) => void,
): void {
  let bytes: Buffer = Buffer.alloc(0)
  const timer = timeoutMs === undefined ? undefined : setTimeout(giveUp, timeoutMs)

  function finish(head: Head | undefined): void {
    clearTimeout(timer)
    socket.off('data', onData).off('end', giveUp).off('close', giveUp)
    done(head)
  }

  function giveUp(): void {
    socket.destroy()
    finish(undefined)
  }

  function onData(chunk: Buffer): void {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
    const head = read(bytes)
    if (head === 'incomplete') return
    socket.pause()
    const rest = bytes.subarray(lengthOf(head))
    if (rest.length > 0) socket.unshift(rest)
    finish(head)
  }

  socket.on('data', onData).once('end', giveUp).once('close', giveUp)
  socket.resume()
}
