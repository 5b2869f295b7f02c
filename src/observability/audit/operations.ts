/** LookupEvents of CloudTrail. Source: AWS CloudTrail API Reference, "LookupEvents". */
import { AwsError } from '../../api/aws/errors.ts'
import { decodeMarker, encodeMarker } from '../../api/aws/page-marker.ts'
import type { CallContext } from '../../api/aws/operations.ts'
import type { Store } from '../../store/index.ts'
import { eventIdOf, eventNameOf, findEventPlace, toCloudTrailEvent } from './cloudtrail-event.ts'
import type { Audit } from './audit.ts'
import type { StoredEntry } from './entry.ts'
import { eventSourceOf } from './event-source.ts'
import { attributes, userNameOf, type Attribute } from './keys.ts'
import { lookUp, type LookupPage, type Position } from './lookup.ts'
import { findEntry } from './find-entry.ts'
import { describeResource } from './resource.ts'

interface LookupEventsInput {
  LookupAttributes?: { AttributeKey: string; AttributeValue: string }[]
  StartTime?: Date
  EndTime?: Date
  EventCategory?: string
  MaxResults?: number
  NextToken?: string
}

export interface AuditOperationsDeps {
  store: Pick<Store, 'read'>
  audit: Pick<Audit, 'flush'>
}

const defaultLimit = 50

export function auditOperations({ store, audit }: AuditOperationsDeps) {
  return {
    async LookupEvents(input: LookupEventsInput, { accountId, region }: CallContext) {
      const question = parseQuestion(input)
      await audit.flush() // also what was answered a moment ago
      const page =
        question.eventId === undefined
          ? await lookUp(store.read, { accountId, ...question })
          : { entries: await findById(store, accountId, question.eventId) }
      const next = 'next' in page ? (page as LookupPage).next : undefined
      return {
        Events: page.entries.map((entry) => toEvent(entry, region)),
        ...(next && { NextToken: writePosition(next) }),
      }
    },
  }
}

const refuse = (code: string, message: string) => new AwsError(code, message)

/** @throws {AwsError} as LookupEvents does */
function parseQuestion(input: LookupEventsInput) {
  const { LookupAttributes = [], StartTime: after, EndTime: until } = input
  if (LookupAttributes.length > 1)
    throw refuse(
      'InvalidLookupAttributesException',
      `You can specify one lookup attribute, got ${LookupAttributes.length}.`,
    )
  if (after && until && after > until)
    throw refuse('InvalidTimeRangeException', 'The start time must not be after the end time.')
  const { AttributeKey: key, AttributeValue: value } = LookupAttributes[0] ?? {
    AttributeKey: '',
    AttributeValue: '',
  }
  return {
    where: isAttribute(key) ? { [key]: normalize(key, value) } : {},
    eventId: key === 'EventId' ? value : undefined,
    after,
    until,
    limit: input.MaxResults ?? defaultLimit,
    position: readPosition(input.NextToken),
  }
}

const isAttribute = (key: string): key is Attribute => attributes.includes(key as Attribute)

/** A resource may be named by its ARN too. */
function normalize(key: Attribute, value: string): string {
  if (key === 'ResourceName' && value.startsWith('arn:')) return describeResource(value).name
  return value
}

async function findById(
  store: Pick<Store, 'read'>,
  accountId: string,
  eventId: string,
): Promise<StoredEntry[]> {
  const entry = await findEntry(store.read, accountId, (chains) => findEventPlace(eventId, chains))
  return entry ? [entry] : []
}

function toEvent(entry: StoredEntry, region: string) {
  return {
    EventId: eventIdOf(entry),
    EventName: eventNameOf(entry),
    ReadOnly: String(entry.isReadOnly),
    ...(entry.accessKeyId !== undefined && { AccessKeyId: entry.accessKeyId }),
    EventTime: new Date(entry.at),
    EventSource: eventSourceOf(entry.service),
    Username: userNameOf(entry),
    Resources: (entry.resources ?? []).map((arn) => {
      const { type, name } = describeResource(arn)
      return { ...(type !== '' && { ResourceType: type }), ResourceName: name }
    }),
    CloudTrailEvent: JSON.stringify(toCloudTrailEvent(entry, region)),
  }
}

const writePosition = (position: Position): string => encodeMarker(JSON.stringify([...position]))

/** @throws {AwsError} `InvalidNextTokenException` */
function readPosition(token: string | undefined): Position | undefined {
  try {
    const text = decodeMarker(token)
    if (text === undefined) return undefined
    const pairs = JSON.parse(text) as unknown
    if (Array.isArray(pairs) && pairs.every(isPair)) return new Map(pairs)
  } catch {
    // as what is not a position
  }
  throw refuse('InvalidNextTokenException', 'The next token is not one that this server gave out.')
}

const isPair = (pair: unknown): pair is [string, number] =>
  Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string' && Number.isSafeInteger(pair[1])

/** assumed: no resource is named (Service Authorization Reference, "AWS CloudTrail"). */
export const auditPermissions = { LookupEvents: () => ({ resources: ['*'] }) }
