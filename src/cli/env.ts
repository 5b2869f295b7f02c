import { parseConfig } from '../server/config.ts'
import type { CommandContext } from './command.ts'
import { findByDataDirectory } from './running-server.ts'

/** Prints `export` lines; the values are quoted for a POSIX shell. */
export async function env({ source, print }: CommandContext): Promise<number> {
  const { endpoints, rootKey } = findByDataDirectory(parseConfig(source).dataDir)
  const variables = {
    AWS_ENDPOINT_URL: endpoints.apiUrl,
    AWS_ACCESS_KEY_ID: rootKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
    AWS_REGION: endpoints.region,
    AWS_DEFAULT_REGION: endpoints.region,
    MUSTER_ENDPOINT: endpoints.endpoint,
    MUSTER_MQTT_PORT: String(endpoints.mqttPort),
    MUSTER_HTTPS_PORT: String(endpoints.httpsPort),
    MUSTER_ROOT_CA: endpoints.rootCaFile,
    ...(endpoints.apiCaFile !== undefined && {
      AWS_CA_BUNDLE: endpoints.apiCaFile,
      NODE_EXTRA_CA_CERTS: endpoints.apiCaFile,
    }),
  }
  for (const [name, value] of Object.entries(variables)) print(`export ${name}=${quoted(value)}\n`)
  return 0
}

const quoted = (value: string) => `'${value.replaceAll("'", String.raw`'\''`)}'`
