import { dirname, resolve } from 'node:path'
import { parseConfig, type Config, type ConfigSource } from '../server/config.ts'
import { startServer } from '../server/server.ts'
import type { CommandContext } from './command.ts'
import { isNodeProcess, optionsFileVariable, tellParent } from './node-process.ts'
import { describeServer } from './describe-server.ts'
import { serviceManager } from './service-manager.ts'
import { startProcesses } from './start-processes.ts'
import { stopSignal } from './stop-signal.ts'

export async function start(context: CommandContext): Promise<number> {
  const { source, print } = context
  const config = parseConfig(source)
  const isNode = isNodeProcess(source.environment)
  if (config.processes !== undefined && !isNode) return await startProcesses(config, context)
  const tell = serviceManager(source.environment, (line) => void process.stderr.write(`muster: ${line}\n`))
  await using server = await startServer(config, otherSecrets(config, source))
  const { endpoints } = server
  // whoever reads that it is ready may send a signal at once
  const stopped = stopSignal()
  const onHangUp = () => void server.reload()
  process.on('SIGHUP', onHangUp)
  using parent = isNode ? tellParent(endpoints) : undefined
  if (!parent) print(describeServer(config, endpoints))
  await tell('READY=1', `MAINPID=${process.pid}`, `STATUS=AWS APIs at ${endpoints.apiUrl}`)
  const orphaned = parent ? [parent.gone] : []
  const fenced = await Promise.race([stopped, server.fenced, server.drained, ...orphaned])
  process.off('SIGHUP', onHangUp)
  if (fenced) throw fenced
  await tell('STOPPING=1')
  if (!parent) print('Stopping: no new connections, finishing what is under way.\n')
  return 0
}

/**
 * The file of options may hold passwords, and so may what systemd keeps for the service: systemd.exec(5), "ConfigurationDirectory",
 * "Credentials". Beside the directory of a node lie those of the others.
 */
export function otherSecrets({ dataDir }: Config, { file, environment }: ConfigSource): string[] {
  const optionsFile = file?.path ?? environment[optionsFileVariable]
  return [
    ...(optionsFile === undefined ? [] : [resolve(optionsFile)]),
    ...directoriesIn(environment['CONFIGURATION_DIRECTORY']),
    ...directoriesIn(environment['CREDENTIALS_DIRECTORY']),
    ...(isNodeProcess(environment) ? [dirname(resolve(dataDir))] : []),
  ]
}

/** Colons stand between several. */
const directoriesIn = (text = ''): string[] =>
  text.split(':').filter((directory) => directory.startsWith('/'))
