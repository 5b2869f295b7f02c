/** Where the port of the AWS APIs is: for this machine, and for others. */
import { isIPv6 } from 'node:net'
import type { Config } from './config.ts'

export interface ApiUrls {
  /** For what runs here: functions, commands. Without a slash at the end, as both are. */
  local: string
  /** For whom messages tell it. */
  public: string
}

const everyAddress = new Set(['0.0.0.0', '::'])

export const hasApiTls = ({ apiTls, apiTlsCert }: Config): boolean =>
  apiTls === 'muster' || apiTlsCert !== undefined

/** `local` is the listener's own. An address that stands for all of this machine's is no address for others. */
export function toApiUrls(config: Pick<Config, 'host' | 'endpoint' | 'apiUrl'>, local: string): ApiUrls {
  const { host, endpoint, apiUrl } = config
  if (apiUrl !== undefined) return { local, public: apiUrl }
  if (!everyAddress.has(host)) return { local, public: local }
  const { protocol, port } = new URL(local)
  const suffix = port === '' ? '' : `:${port}` // the scheme's own
  return { local, public: `${protocol}//${isIPv6(endpoint) ? `[${endpoint}]` : endpoint}${suffix}` }
}

/** What the certificate of the port must name. */
export function apiHosts({ host, endpoint }: Pick<Config, 'host' | 'endpoint'>): [string, ...string[]] {
  const own = ['localhost', '127.0.0.1', '::1', endpoint, ...(everyAddress.has(host) ? [] : [host])]
  return [...new Set(own)] as [string, ...string[]]
}
