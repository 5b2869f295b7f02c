/** Whether each port can be listened on. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Config } from '../config.ts'
import type { Endpoints } from '../server-files.ts'
import { fault, fine, type Finding } from './finding.ts'

type PortOption = 'apiPort' | 'mqttPort' | 'httpsPort' | 'alpnPort'

const flags: Readonly<Record<PortOption, string>> = {
  apiPort: '--api-port',
  mqttPort: '--mqtt-port',
  httpsPort: '--https-port',
  alpnPort: '--alpn-port',
}

const portNames = Object.keys(flags) as PortOption[]

/** One finding a port. @param running the server of this data directory, which may hold them */
export async function checkPorts(config: Config, running: Endpoints | undefined): Promise<Finding[]> {
  const held = new Set(running && portsOf(running))
  const wanted = portNames.flatMap((option) => {
    const port = config[option]
    return port === undefined ? [] : [{ option, port }]
  })
  return Promise.all(
    wanted.map(async ({ option, port }) => {
      if (held.has(port)) return fine(`port ${port}`, 'the running server listens on it')
      return judgePort({ option, port, host: config.host }, await tryPort(config.host, port))
    }),
  )
}

interface WantedPort {
  option: PortOption
  port: number
  host: string
}

/** @param code why it cannot be listened on, as the system says; undefined when it can */
export function judgePort({ option, port, host }: WantedPort, code: string | undefined): Finding {
  const subject = `port ${port}`
  const flag = flags[option]
  if (code === undefined) return fine(subject, `free at ${host} (${flag})`)
  if (code === 'EADDRINUSE')
    return fault(
      subject,
      `another program listens on it`,
      `Stop that program (ss -ltnp), or choose another ${flag}.`,
    )
  if (code === 'EACCES')
    return fault(
      subject,
      'this user may not listen below 1024',
      `Give the unit CAP_NET_BIND_SERVICE (docs/operations.md), or choose another ${flag}.`,
    )
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return fault(subject, `this machine has no address ${host}`, 'Choose another --host.')
  return fault(subject, `it cannot be listened on at ${host}: ${code}`, `Choose another --host or ${flag}.`)
}

async function tryPort(host: string, port: number): Promise<string | undefined> {
  const server = createServer()
  try {
    server.listen({ host, port })
    await once(server, 'listening')
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'
  } finally {
    server.close()
  }
}

function portsOf({ apiUrl, mqttPort, httpsPort, alpnPort }: Endpoints): number[] {
  const url = new URL(apiUrl)
  const apiPort = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  return [apiPort, mqttPort, httpsPort, ...(alpnPort === undefined ? [] : [alpnPort])]
}
