/** The certificates of the device ports over the life of the server: loaded at start, renewed, and taken in when replaced. */
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Config } from './config.ts'
import { openServerTls, watchFiles, type LoadedServerTls } from '../gateway/ports/index.ts'
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

export interface FreshTlsOptions {
  load: () => Promise<LoadedServerTls>
  /** Takes over for new connections; those that are open go on. */
  show: (tls: LoadedServerTls) => void
  /** The same for the certificates of configured domains. */
  reloadDomains: () => Promise<void>
  current: LoadedServerTls
  /** The operator's own files, if there are any. */
  files: readonly string[]
  log: Pick<Log, 'info' | 'error'>
}

export interface FreshTls extends Disposable {
  /** Takes in at once what was replaced; never rejects. */
  reload: () => Promise<void>
}

const checkEveryMs = 3_600_000

export function keepTlsFresh({ load, show, reloadDomains, current, files, log }: FreshTlsOptions): FreshTls {
  let shown = current
  const reload = async () => {
    try {
      const loaded = await load()
      if (!isDeepStrictEqual(loaded.certificates, shown.certificates)) {
        show(loaded)
        shown = loaded
        log.info({ notAfter: loaded.notAfter }, 'the server certificates were renewed')
      }
      await reloadDomains()
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
