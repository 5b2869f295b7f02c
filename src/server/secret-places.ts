/** What functions must not see, though the user that the server runs as may read it (docs/functions.md). */
import { resolve } from 'node:path'
import type { Config } from './config.ts'
import { isBucketUrl } from './copies/index.ts'

/** Directories and files: the data directory, what is copied from there, and every file of a secret that an option names. */
export function secretPlaces(config: Config, dataDir: string): string[] {
  const { backupDir, backupPassphraseFile, walCopies, database } = config
  const { tlsKey = [], apiTlsKey, hookSecretFile, clusterKeyFile } = config
  const copies = walCopies === undefined || isBucketUrl(walCopies) ? undefined : walCopies
  const keys = [
    ...tlsKey,
    apiTlsKey,
    hookSecretFile,
    clusterKeyFile,
    backupPassphraseFile,
    keyFileOf(database),
  ]
  return [dataDir, backupDir, copies, ...keys].flatMap((place) =>
    place === undefined ? [] : [resolve(place)],
  )
}

/** By which the server proves itself to PostgreSQL (PostgreSQL, libpq, "Connection URIs"). */
const keyFileOf = (database: string | undefined): string | undefined =>
  database === undefined ? undefined : (URL.parse(database)?.searchParams.get('sslkey') ?? undefined)
