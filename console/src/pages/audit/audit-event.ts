/** An event of CloudTrail, as LookupEvents tells of it. */
export interface AuditEvent {
  EventId: string
  EventName: string
  /** `true` or `false`. */
  ReadOnly: string
  AccessKeyId?: string
  /** Epoch seconds. */
  EventTime: number
  EventSource: string
  Username?: string
  Resources?: { ResourceType?: string; ResourceName: string }[]
  /** JSON: a record. */
  CloudTrailEvent: string
}

/** As much of a record as the pages read. */
export interface AuditRecord {
  userIdentity?: { type?: string; arn?: string; accessKeyId?: string }
  sourceIPAddress?: string
  userAgent?: string | null
  awsRegion?: string
  errorCode?: string
  errorMessage?: string
  requestID?: string
  eventCategory?: string
  resources?: { ARN: string; type?: string }[]
  additionalEventData?: { correctsEventID?: string }
}

export const recordOf = ({ CloudTrailEvent }: AuditEvent): AuditRecord =>
  JSON.parse(CloudTrailEvent) as AuditRecord

export const outcomes = {
  succeeded: { label: 'Succeeded', type: 'success' },
  refused: { label: 'Refused', type: 'stopped' },
  failed: { label: 'Failed', type: 'error' },
} as const

export type Outcome = keyof typeof outcomes

/** As services call it when a policy does not allow a call. */
const denials = /^(?:AccessDenied|Forbidden|Unauthorized)/

export function outcomeOf(event: AuditEvent): Outcome {
  const { errorCode } = recordOf(event)
  if (errorCode === undefined) return 'succeeded'
  return denials.test(errorCode) ? 'refused' : 'failed'
}
