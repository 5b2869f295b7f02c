/** The certificate of the device ports over the life of the server: loaded at start, looked after every hour. */
import { join } from 'node:path'
import type { Config } from './config.ts'
import { openServerTls, type LoadedServerTls } from './gateway/index.ts'
import type { Log } from './lib/log.ts'

export function loadServerTls(config: Config, dataDir: string, now: Date): Promise<LoadedServerTls> {
  const { endpoint, tlsKey: key, tlsCert: cert, tlsCa: ca } = config
  const isOperators = key !== undefined && cert !== undefined
  return openServerTls({
    directory: join(dataDir, 'tls'),
    endpoint,
    now,
    ...(isOperators && { operatorFiles: { key, cert, ...(ca !== undefined && { ca }) } }),
  })
}

export interface FreshTlsOptions {
  load: () => Promise<LoadedServerTls>
  /** Takes over for new connections; those that are open go on. */
  reload: (tls: LoadedServerTls) => void
  current: LoadedServerTls
  log: Pick<Log, 'info' | 'error'>
}

const checkEveryMs = 3_600_000

/** Renews Muster's own certificate before it ends, and takes in files that the operator has replaced. */
export function keepTlsFresh({ load, reload, current, log }: FreshTlsOptions): Disposable {
  let shown = current.cert
  const check = async () => {
    try {
      const loaded = await load()
      if (loaded.cert === shown) return
      reload(loaded)
      shown = loaded.cert
      log.info({ notAfter: loaded.notAfter }, 'the server certificate was renewed')
    } catch (error) {
      log.error({ error }, 'the server certificate could not be loaded again')
    }
  }
  const timer = setInterval(() => void check(), checkEveryMs).unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
