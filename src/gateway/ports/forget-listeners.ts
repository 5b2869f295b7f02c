import type { Duplex } from 'node:stream'

const ignore = () => {}

/**
 * For a stream that is closed, while or after it says so. A TLS socket stays in memory until the next full garbage
 * collection, and with it whatever its listeners know: cut off, that goes with the next small one.
 */
export function forgetListeners(stream: Duplex): void {
  stream
    .removeAllListeners('data')
    .removeAllListeners('close')
    .removeAllListeners('error')
    .on('error', ignore)
}
