/**
 * An entry as CloudTrail writes events.
 * Source: AWS CloudTrail User Guide, "CloudTrail record contents for management, data, and network activity events" and
 * "CloudTrail userIdentity element".
 */
import { hash } from 'node:crypto'
import type { ChainName } from './chain.ts'
import type { StoredEntry } from './entry.ts'
import { eventSourceOf } from './event-source.ts'
import { userNameOf } from './keys.ts'
import { describeResource } from './resource.ts'

const eventVersion = '1.11'

/** Calls about what devices say, which CloudTrail counts as events of data. */
const dataServices = new Set(['iot-data', 'iot-jobs-data'])

/** The JSON of the `CloudTrailEvent` that LookupEvents gives, and of a line of an export. */
export function toCloudTrailEvent(entry: StoredEntry, region: string): object {
  const { accountId } = entry
  const isData =
    dataServices.has(entry.service) || (entry.service === 'lambda' && entry.operation === 'Invoke')
  return {
    eventVersion,
    userIdentity: userIdentityOf(entry),
    eventTime: new Date(entry.at).toISOString().replace(/\.\d+Z$/, 'Z'),
    eventSource: eventSourceOf(entry.service),
    eventName: eventNameOf(entry),
    awsRegion: region,
    sourceIPAddress: entry.sourceIp,
    userAgent: entry.userAgent ?? null,
    ...(entry.errorCode !== undefined && { errorCode: entry.errorCode, errorMessage: entry.errorMessage }),
    requestParameters: entry.parameters ?? null,
    responseElements: null,
    ...(entry.corrects !== undefined && {
      additionalEventData: { correctsEventID: eventIdOf({ ...entry, seq: entry.corrects }) },
    }),
    requestID: entry.requestId,
    eventID: eventIdOf(entry),
    readOnly: entry.isReadOnly,
    ...(entry.resources && {
      resources: entry.resources.map((arn) => {
        const { type } = describeResource(arn)
        return { accountId, ...(type !== '' && { type }), ARN: arn }
      }),
    }),
    eventType: 'AwsApiCall',
    managementEvent: !isData,
    recipientAccountId: accountId,
    eventCategory: isData ? 'Data' : 'Management',
    ...(entry.isSecure && { tlsDetails: {} }),
  }
}

/** Of a call that named no operation that there is. */
export const eventNameOf = ({ operation }: Pick<StoredEntry, 'operation'>): string =>
  operation === '' ? 'Unknown' : operation

function userIdentityOf(entry: StoredEntry): object {
  const { caller, accessKeyId, accountId } = entry
  const { kind, arn, userId: principalId, name } = caller
  const common = { principalId, arn, accountId, ...(accessKeyId !== undefined && { accessKeyId }) }
  if (kind === 'root') return { type: 'Root', ...common }
  if (kind === 'user') return { type: 'IAMUser', ...common, userName: userNameOf(entry) }
  const sessionIssuer = {
    type: 'Role',
    principalId: principalId.split(':')[0],
    arn: `arn:aws:iam::${accountId}:role/${name ?? ''}`,
    accountId,
    userName: name ?? '',
  }
  return { type: 'AssumedRole', ...common, sessionContext: { sessionIssuer } }
}

/** A UUID of version 8 that says whose chain it is in, and where: so no index is needed to find it. */
export function eventIdOf({ accountId, chain, seq }: ChainName & { seq: number }): string {
  const place = seq.toString(16).padStart(12, '0')
  return `${chainMark({ accountId, chain })}-${place}`
}

const uuid = /^([0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3})-([0-9a-f]{12})$/

function chainMark({ accountId, chain }: ChainName): string {
  const mark = hash('sha256', `event ${accountId}/${chain}`, 'hex')
  return `${mark.slice(0, 8)}-${mark.slice(8, 12)}-8${mark.slice(12, 15)}-8${mark.slice(15, 18)}`
}

/** Undefined when no chain of these can have given the id out. */
export function findEventPlace(
  eventId: string,
  chains: readonly ChainName[],
): { chain: string; seq: number } | undefined {
  const [, mark, place = ''] = uuid.exec(eventId.toLowerCase()) ?? []
  const found = chains.find((name) => chainMark(name) === mark)
  return found && { chain: found.chain, seq: Number.parseInt(place, 16) }
}
