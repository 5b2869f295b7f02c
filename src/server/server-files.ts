/** What a server writes into its data directory for the commands beside it. */
import { join } from 'node:path'

export interface Endpoints {
  /** As this machine reaches it. */
  apiUrl: string
  /** As others do. */
  publicApiUrl: string
  /** File with the roots to trust for `apiUrl`; absent where it has no TLS. */
  apiCaFile?: string
  mqttPort: number
  httpsPort: number
  alpnPort?: number
  /** Host name that devices connect to. */
  endpoint: string
  /** File with the root certificate that devices trust. */
  rootCaFile: string
  region: string
  accountId: string
  pid: number
}

/** The access key of the account's root. */
export interface RootKey {
  accessKeyId: string
  secretAccessKey: string
}

export const endpointsFile = (dataDir: string) => join(dataDir, 'endpoints.json')
export const rootKeyFile = (dataDir: string) => join(dataDir, 'root-access-key.json')
export const databaseFile = (dataDir: string) => join(dataDir, 'muster.db')
/** Entries of the record of calls that are on their way into the database. */
export const auditSpoolFile = (dataDir: string) => join(dataDir, 'audit.spool')
/** Below the data directory: the packages of functions. */
export const codeDirectoryName = 'functions'
/** Below the data directory: buckets with input files of bulk registration, as the operator puts them there. */
export const bucketsDirectoryName = 'buckets'
/** Below the data directory: copies of the input files that are being worked through. */
export const inputsDirectoryName = 'registration-inputs'
/** Below the data directory: revocation lists that CAs name by file, unless another one is given. */
export const revocationListsDirectoryName = 'crl'
/** Below the data directory: lists of the devices that may come, as the operator puts them there. */
export const allowListsDirectoryName = 'allow-lists'
