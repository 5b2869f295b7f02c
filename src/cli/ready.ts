import { CommandError, type CommandContext } from './command.ts'
import { findSigningTarget } from './running-server.ts'
import { send } from './send.ts'

/** Exits 0 when the server says that it serves, for health checks and scripts. */
export async function ready({ source, print }: CommandContext): Promise<number> {
  const { apiUrl, ca } = findSigningTarget(source)
  const url = new URL('/readyz', apiUrl)
  const { status, body } = await send(url, {
    method: 'GET',
    headers: {},
    ...(ca !== undefined && { ca }),
  }).catch((cause: unknown) => {
    throw new CommandError(`no server answers at ${url.origin}: ${String(cause)}`)
  })
  print(`${body}\n`)
  return status === 200 ? 0 : 1
}
