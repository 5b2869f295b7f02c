/** The certificates of the device ports over the life of the server: loaded at start, renewed, and taken in when replaced. */
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { apiHosts } from './api-urls.ts'
import type { Config } from './config.ts'
import {
  openApiTls,
  openServerTls,
  watchFiles,
  type LoadedApiTls,
  type LoadedServerTls,
} from '../gateway/ports/index.ts'
import type { Log } from '../lib/log.ts'

export function loadServerTls(config: Config, dataDir: string, now: Date): Promise<LoadedServerTls> {
  const { endpoint, tlsKey: keys, tlsCert: certs = [], tlsCa: ca } = config
  const pairs = keys?.map((key, at) => ({ key, cert: certs[at] ?? '' })) // as many, the options have been checked
  return openServerTls({
    directory: join(dataDir, 'tls'),
    endpoint,
    now,
    ...(pairs && { operatorFiles: { pairs, ...(ca !== undefined && { ca }) } }),
  })
}

export function loadApiTls(config: Config, dataDir: string, now: Date): Promise<LoadedApiTls> {
  const { apiTlsKey: key, apiTlsCert: cert } = config
  const operatorFiles = key !== undefined && cert !== undefined && { key, cert }
  return openApiTls({
    directory: join(dataDir, 'tls'),
    hosts: apiHosts(config),
    now,
    ...(operatorFiles && { operatorFiles }),
  })
}

interface Loaded {
  certificates: object
  notAfter: Date
}

export interface FreshTlsOptions<Tls extends Loaded> {
  load: () => Promise<Tls>
  /** Takes over for new connections; those that are open go on. */
  show: (tls: Tls) => void
  /** The same for the certificates of configured domains. */
  reloadDomains?: () => Promise<void>
  current: Tls
  /** The operator's own files, if there are any. */
  files: readonly string[]
  log: Pick<Log, 'info' | 'error'>
}

export interface FreshTls extends Disposable {
  /** Takes in at once what was replaced; never rejects. */
  reload: () => Promise<void>
}

const checkEveryMs = 3_600_000

export function keepTlsFresh<Tls extends Loaded>(options: FreshTlsOptions<Tls>): FreshTls {
  const { load, show, reloadDomains, current, files, log } = options
  let shown = current
  const reload = async () => {
    try {
      const loaded = await load()
      if (!isDeepStrictEqual(loaded.certificates, shown.certificates)) {
        show(loaded)
        shown = loaded
        log.info({ notAfter: loaded.notAfter }, 'the server certificates were renewed')
      }
      await reloadDomains?.()
    } catch (error) {
      log.error({ error }, 'the server certificates could not be loaded again')
    }
  }
  const timer = setInterval(() => void reload(), checkEveryMs).unref()
  const watch = watchFiles({ files: () => files, changed: () => void reload() })
  return {
    reload,
    [Symbol.dispose]() {
      clearInterval(timer)
      watch[Symbol.dispose]()
    },
  }
}
