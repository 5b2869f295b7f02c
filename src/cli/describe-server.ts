import type { Config } from '../server/config.ts'
import { isConsoleReachable } from '../server/console.ts'
import type { Endpoints } from '../server/server-files.ts'

/** What a person is told of a server that is ready, and how to go on. */
export function describeServer(config: Config, endpoints: Endpoints): string {
  const { apiUrl, publicApiUrl, endpoint, mqttPort, httpsPort, rootCaFile } = endpoints
  const dataDir = config.dataDir === './data' ? '' : ` --data-dir ${config.dataDir}`
  return `Muster is ready.
  AWS APIs     ${apiUrl}${publicApiUrl === apiUrl ? '' : `, for others ${publicApiUrl}`}
  MQTT         ${endpoint}:${mqttPort} (TLS with client certificates)
  HTTPS        ${endpoint}:${httpsPort} (TLS with client certificates)
  root CA      ${rootCaFile}

${describeConsole(config, dataDir)}In another shell:
  eval "$(npx muster env${dataDir})"
  aws iot get-registration-code
`
}

function describeConsole(config: Config, dataDir: string): string {
  if (config.console === 'off') return ''
  if (isConsoleReachable(config)) return `See it:  npx muster console${dataDir}\n\n`
  return 'The console is not shown to other machines over plain HTTP: start with --api-tls muster.\n\n'
}
