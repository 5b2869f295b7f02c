/** Which options go together, and which do not. */
import type { z } from 'zod'
import { parsePlace } from './copies/parse-place.ts'
import { serviceCredentialsOf } from './service-credentials.ts'

type Given<Name extends string, Value = unknown> = Partial<Readonly<Record<Name, Value>>>
type Texts<Name extends string> = Given<Name, string | undefined>

export function checkClusterOptions(
  given: Given<'nats' | 'database' | 'clusterKeyFile' | 'nodeName' | 'processes'>,
  context: z.RefinementCtx,
): void {
  const { nats, database, clusterKeyFile, nodeName, processes } = given
  const fault = (option: string, message: string) =>
    context.addIssue({ code: 'custom', path: [option], message: `${message} (docs/cluster.md)` })
  if (nats === undefined) {
    if (clusterKeyFile !== undefined) fault('clusterKeyFile', 'is for a cluster: it needs nats too')
    if (nodeName !== undefined) fault('nodeName', 'is for a cluster: it needs nats too')
    if (processes !== undefined)
      fault(
        'processes',
        'processes are nodes of a cluster: it needs database, nats, and cluster-key-file too',
      )
    return
  }
  if (database === undefined)
    fault('nats', 'nodes of a cluster share a PostgreSQL database: it needs database too')
  if (clusterKeyFile === undefined)
    fault('nats', 'nodes of a cluster share a key: it needs cluster-key-file too')
}

export function checkServiceOptions(
  given: Texts<'bulkS3Endpoint' | 'walCopies' | 'serviceAccessKeyId' | 'serviceSecretAccessKey'>,
  context: z.RefinementCtx,
): void {
  const { bulkS3Endpoint, walCopies } = given
  const credentials = serviceCredentialsOf(given)
  const fault = (option: string, message: string) =>
    context.addIssue({ code: 'custom', path: [option], message })
  if (bulkS3Endpoint !== undefined && credentials === undefined)
    fault('bulkS3Endpoint', 'needs service-access-key-id and service-secret-access-key')
  if (walCopies === undefined) return
  try {
    parsePlace(walCopies, { region: '', credentials })
  } catch (error) {
    fault('walCopies', (error as Error).message)
  }
}

export function checkBackupOptions(
  given: Given<'backupEvery' | 'backupDir' | 'walCopies' | 'database'>,
  context: z.RefinementCtx,
): void {
  const fault = (option: string, message: string) =>
    context.addIssue({ code: 'custom', path: [option], message })
  if ((given.backupEvery === undefined) !== (given.backupDir === undefined))
    fault('backupEvery', 'backup-every and backup-dir go together: one of them came alone')
  for (const option of ['backupEvery', 'walCopies'] as const)
    if (given[option] !== undefined && given.database !== undefined)
      fault(option, 'the database is in PostgreSQL, which has backups of its own (docs/postgresql.md)')
}
