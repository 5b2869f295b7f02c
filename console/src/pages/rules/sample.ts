/** A message to try a statement on. */
import { useQuery, keepPreviousData } from '@tanstack/react-query'
import { postOwn, type Session } from '../../api/call.ts'
import { useSettled } from '../../kit/use-settled.ts'

export interface Sample {
  topic: string
  payload: string
  clientId: string
  principal: string
}

export interface SqlFault {
  stage: 'statement' | 'evaluation'
  message: string
  line?: number
  column?: number
}

export interface SampleResult {
  fault?: SqlFault
  topicFilter?: string
  topicMatches?: boolean
  where?: boolean
  output?: { kind: 'json'; text: string } | { kind: 'bytes'; base64: string }
}

export interface Statement {
  sql: string
  version: string
}

export interface Evaluation {
  data?: SampleResult | undefined
  error: unknown
  /** Whether it is of what stands there now. */
  isCurrent: boolean
}

/** What the server makes of it, a moment after the last change. */
export function useSampleResult({ sql, version }: Statement, sample: Sample): Evaluation {
  const { topic, payload, clientId, principal } = sample
  const wanted = JSON.stringify({ sql, awsIotSqlVersion: version, topic, payload, clientId, principal })
  const body = useSettled(wanted)
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ['muster', 'sql', body],
    queryFn: () => postOwn<SampleResult>('sql', JSON.parse(body) as object),
    placeholderData: keepPreviousData,
    staleTime: 0,
  })
  return { data, error, isCurrent: body === wanted && data !== undefined && !isPlaceholderData }
}

const registered = /^\$aws\/events\/certificates\/registered\/([^/]+)$/

/** A message as it may come on topics of the filter. */
export function sampleFor(
  topicFilter: string,
  session: Session | undefined,
): Pick<Sample, 'topic' | 'payload'> {
  const [, ca] = registered.exec(topicFilter) ?? []
  const topic = topicFilter.replaceAll(/[+#]/g, 'a')
  if (ca === undefined) return { topic, payload: '{\n  "temperature": 21.5\n}' }
  const caCertificateId = /^[0-9a-f]{64}$/.test(ca) ? ca : 'c'.repeat(64)
  const event = registrationEvent({ caCertificateId, awsAccountId: session?.accountId ?? '' })
  return { topic, payload: JSON.stringify(event, undefined, 2) }
}

interface Registration {
  awsAccountId: string
  caCertificateId: string
  certificateId?: string
}

/** Source: AWS IoT Developer Guide, "Configure the first connection by a client for automatic registration". */
export const registrationEvent = ({
  awsAccountId,
  caCertificateId,
  certificateId = 'd'.repeat(64),
}: Registration) => ({
  certificateId,
  caCertificateId,
  timestamp: Date.now(),
  certificateStatus: 'PENDING_ACTIVATION',
  awsAccountId,
  certificateRegistrationTimestamp: String(Date.now()),
})
