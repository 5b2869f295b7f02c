import { parseConfig, type Config } from '../server/config.ts'
import { isConsoleReachable } from '../server/console.ts'
import { startServer } from '../server/server.ts'
import type { CommandContext } from './command.ts'
import { serviceManager } from './service-manager.ts'
import { stopSignal } from './stop-signal.ts'

export async function start({ source, print }: CommandContext): Promise<number> {
  const config = parseConfig(source)
  const tell = serviceManager(source.environment, (line) => void process.stderr.write(`muster: ${line}\n`))
  await using server = await startServer(config)
  const { endpoints } = server
  const stopped = stopSignal() // whoever reads that it is ready may stop it at once
  const dataDir = config.dataDir === './data' ? '' : ` --data-dir ${config.dataDir}`
  print(`Muster is ready.
  AWS APIs     ${endpoints.apiUrl}${endpoints.publicApiUrl === endpoints.apiUrl ? '' : `, for others ${endpoints.publicApiUrl}`}
  MQTT         ${endpoints.endpoint}:${endpoints.mqttPort} (TLS with client certificates)
  HTTPS        ${endpoints.endpoint}:${endpoints.httpsPort} (TLS with client certificates)
  root CA      ${endpoints.rootCaFile}

${describeConsole(config, dataDir)}In another shell:
  eval "$(npx muster env${dataDir})"
  aws iot get-registration-code
`)
  const onHangUp = () => void server.reload()
  process.on('SIGHUP', onHangUp)
  await tell('READY=1', `MAINPID=${process.pid}`, `STATUS=AWS APIs at ${endpoints.apiUrl}`)
  const fenced = await Promise.race([stopped, server.fenced, server.drained])
  process.off('SIGHUP', onHangUp)
  if (fenced) throw fenced
  await tell('STOPPING=1')
  print('Stopping: no new connections, finishing what is under way.\n')
  return 0
}

function describeConsole(config: Config, dataDir: string): string {
  if (config.console === 'off') return ''
  if (isConsoleReachable(config)) return `See it:  npx muster console${dataDir}\n\n`
  return 'The console is not shown to other machines over plain HTTP: start with --api-tls muster.\n\n'
}
