/** What systemd hears of a service of `Type=notify`, by a socket of its kind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lacks } from './programs.ts'

export const lacksNotify = (): boolean => lacks('python3', 'systemd-notify')

const hear = `
import socket, sys
heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
heard.bind(sys.argv[1])
print("listening", flush=True)
while True: print(heard.recv(4096).decode(), flush=True)
`

export interface NotifySocket extends AsyncDisposable {
  heard: () => string
}

/** At the address, a path; `onHeard` is called with all that was heard so far, each time. */
export async function openNotifySocket(
  address: string,
  onHeard: (heard: string) => void = () => {},
): Promise<NotifySocket> {
  const listener = spawn('python3', ['-c', hear, address], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(listener, 'exit')
  let heard = ''
  listener.stdout.on('data', (chunk: Buffer) => {
    heard += chunk.toString()
    onHeard(heard)
  })
  while (!heard.includes('listening')) {
    await Promise.race([once(listener.stdout, 'data'), exited])
    if (listener.exitCode !== null)
      throw new Error(`the listener at ${address} ended with ${listener.exitCode}`)
  }
  return {
    heard: () => heard,
    async [Symbol.asyncDispose]() {
      listener.kill('SIGKILL')
      await exited
    },
  }
}
