/** `muster start --processes N`: nodes of a cluster that share the ports of one machine, and who looks after them. */
import { findGiven, optionNames, variableOf, type Config, type ConfigSource } from '../server/config.ts'
import { checkPorts } from '../server/doctor/index.ts'
import { machineName } from '../server/join-cluster.ts'
import type { Endpoints } from '../server/server-files.ts'
import { openSharedDirectory, type SharedDirectory } from '../server/shared-directory.ts'
import { CommandError, type CommandContext } from './command.ts'
import { describeServer } from './describe-server.ts'
import { NodeProcess, optionsFileVariable } from './node-process.ts'
import { serviceManager } from './service-manager.ts'
import { stopSignal } from './stop-signal.ts'

const warn = (line: string) => void process.stderr.write(`muster: ${line}\n`)

/** Resolves with the exit code when it was told to stop, or when all nodes have left. */
export async function startProcesses(config: Config, { source, print }: CommandContext): Promise<number> {
  const stopped = stopSignal()
  const tell = serviceManager(source.environment, warn)
  using directory = openSharedDirectory(config.dataDir, config.processes ?? 1)
  await checkPortsFree(config)
  const nodes: NodeProcess[] = []
  const onHangUp = () => nodes.forEach((node) => node.reload())
  process.on('SIGHUP', onHangUp)
  try {
    const started = startAll(config, { source, directory, nodes })
    const endpoints = await Promise.race([started, stopped])
    if (endpoints) {
      directory.announce(endpoints)
      print(describeServer(config, endpoints))
      await tell('READY=1', `MAINPID=${process.pid}`, `STATUS=AWS APIs at ${endpoints.apiUrl}`)
      await Promise.race([stopped, Promise.all(nodes.map(({ ended }) => ended))])
    }
    await tell('STOPPING=1')
    print('Stopping: no new connections, finishing what is under way.\n')
    return 0
  } finally {
    await Promise.all(nodes.map((node) => node.stop()))
    process.off('SIGHUP', onHangUp)
  }
}

/** Ports can be shared with whoever else does so: with another cluster, too, unless it is looked for. */
async function checkPortsFree(config: Config): Promise<void> {
  const findings = await checkPorts(config, undefined)
  const fault = findings.find(({ state }) => state === 'fault')
  if (fault) throw new CommandError(`${fault.subject}: ${fault.found}. ${fault.advice ?? ''}`)
}

interface Surroundings {
  source: ConfigSource
  directory: SharedDirectory
  /** Those that were started. */
  nodes: NodeProcess[]
}

/**
 * The first one alone: it makes what all share, and chooses ports that are not given.
 * @throws {CommandError} when one of them ends before it is ready; it has said why
 */
async function startAll(config: Config, { source, directory, nodes }: Surroundings): Promise<Endpoints> {
  const base = environmentOf(source)
  const { nodeName = machineName() } = config
  let ports: Record<string, string> = {}
  const launch = (own: string, at: number): Promise<Endpoints> => {
    const name = `${nodeName.slice(0, 60)}-${at + 1}`
    const node = new NodeProcess({
      environment: () => ({
        ...base,
        ...ports,
        [variableOf('dataDir')]: own,
        [variableOf('nodeName')]: name,
      }),
      onEnded: (how, pauseMs) =>
        warn(`the node ${name} has ended (${how}); it is started again in ${pauseMs} ms`),
    })
    nodes.push(node)
    const failed = node.ended.then((code): never => {
      throw new CommandError(`the node ${name} has ended before it was ready`, code || 1)
    })
    return Promise.race([node.ready, failed])
  }
  const [first = '', ...others] = directory.directories
  const endpoints = await launch(first, 0)
  ports = portsOf(endpoints)
  await Promise.all(others.map((own, at) => launch(own, at + 1)))
  return endpoints
}

/** All options by variables, wherever they were given; the service manager hears of the parent alone. */
function environmentOf(source: ConfigSource): Record<string, string | undefined> {
  const options = optionNames.flatMap((option) => {
    const given = findGiven(source, option)
    return given ? [[variableOf(option), given.value]] : []
  })
  const { NOTIFY_SOCKET: _, MUSTER_CONFIG: __, ...others } = source.environment
  return {
    ...others,
    ...(Object.fromEntries(options) as Record<string, string>),
    [optionsFileVariable]: source.file?.path,
  }
}

function portsOf({ apiUrl, mqttPort, httpsPort, alpnPort }: Endpoints): Record<string, string> {
  const { port, protocol } = new URL(apiUrl)
  const own = port === '' ? (protocol === 'https:' ? '443' : '80') : port
  return {
    [variableOf('apiPort')]: own,
    [variableOf('mqttPort')]: String(mqttPort),
    [variableOf('httpsPort')]: String(httpsPort),
    ...(alpnPort !== undefined && { [variableOf('alpnPort')]: String(alpnPort) }),
  }
}
