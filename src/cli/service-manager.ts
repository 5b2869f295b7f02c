/**
 * What systemd is told by a service of `Type=notify`: sd_notify(3). Its socket speaks datagrams, which Node does not, so
 * systemd's own program says it.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { causeText } from '../lib/cause-text.ts'

const run = promisify(execFile)
const timeoutMs = 10_000

export type TellServiceManager = (...states: readonly string[]) => Promise<void>

/**
 * Does nothing where nobody listens. Never rejects: a server that works goes on, and what failed is for whoever reads the log.
 * @param warn takes a line without its end
 */
export function serviceManager(
  environment: Readonly<Record<string, string | undefined>>,
  warn: (line: string) => void,
): TellServiceManager {
  const { NOTIFY_SOCKET, PATH } = environment
  if (!NOTIFY_SOCKET) return async () => {}
  return async (...states) => {
    const env = { NOTIFY_SOCKET, ...(PATH !== undefined && { PATH }) }
    await run('systemd-notify', [...states], { env, timeout: timeoutMs }).catch((error: unknown) =>
      warn(`systemd-notify could not say ${states[0]}: ${causeText(error)}`),
    )
  }
}
