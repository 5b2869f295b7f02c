import { despiteNoRoom, type Fabric, type Message } from '../../fabric/in-process/index.ts'
import { isCertificateId } from '../../lib/x509.ts'
import type { Messages } from '../../messaging/data-plane/index.ts'
import type { JournalEntry, RecordEntry } from '../../observability/journal/index.ts'
import { encodeCbor } from '../../lib/cbor.ts'
import { absentServices, type AbsentService, type Refused } from './services.ts'

export interface AbsentServicesDeps {
  fabric: Pick<Fabric, 'subscribe' | 'hasSubscribers'>
  messages: Pick<Messages, 'publish'>
  /** Whose topics are listened to. */
  accountId: string
  record: RecordEntry
  now: () => Date
}

/** Says no to requests that nobody would answer, so that their clients need not wait. Until it is disposed of. */
export function answerAbsentServices(deps: AbsentServicesDeps): Disposable {
  using stack = new DisposableStack()
  for (const service of absentServices) {
    for (const filter of service.filters)
      stack.use(deps.fabric.subscribe(deps.accountId, filter, (message) => answer(service, message, deps)))
  }
  return stack.move()
}

/** A will asks for nothing, as with shadows. */
function answer(
  service: AbsentService,
  request: Message,
  deps: AbsentServicesDeps,
): Promise<void> | undefined {
  if (request.isWill) return undefined
  const { fabric, messages, now, record } = deps
  record(entryOf(service, request, now()))
  const { accountId, hops } = request
  const topic = service.rejectedOn(request.topic)
  if (!fabric.hasSubscribers(accountId, topic)) return undefined
  const payload = encode(request.topic, service.document(refusedOf(service, request, now())))
  const message: Message = { accountId, topic, payload, qos: 1, retain: false }
  const published = messages.publish(hops === undefined ? message : { ...message, hops })
  return published && despiteNoRoom(published)
}

const describeAbsence = ({ name }: AbsentService): string => `Muster does not offer ${name}`

function refusedOf(service: AbsentService, { topic, payload }: Message, now: Date): Refused {
  return {
    topic,
    message: describeAbsence(service),
    ...identify(payload),
    timestamp: Math.floor(now.getTime() / 1000),
  }
}

/** What the client recognizes its request by, where that can be read. */
function identify(payload: Uint8Array): Pick<Refused, 'clientToken' | 'reportId'> {
  try {
    const { clientToken, c, header } = JSON.parse(Buffer.from(payload).toString()) as {
      clientToken?: unknown
      c?: unknown
      header?: { report_id?: unknown }
    }
    const token = clientToken ?? c
    const reportId = header?.report_id
    return {
      clientToken: typeof token === 'string' ? token : undefined,
      reportId: typeof reportId === 'number' ? reportId : undefined,
    }
  } catch {
    return { clientToken: undefined, reportId: undefined }
  }
}

function encode(topic: string, document: Record<string, unknown>): Uint8Array {
  if (topic.endsWith('/cbor')) return encodeCbor(document)
  return Buffer.from(JSON.stringify(document))
}

function entryOf(service: AbsentService, { accountId, topic, publisher }: Message, at: Date): JournalEntry {
  const { clientId, principal, sourceIp } = publisher ?? {}
  const isCertificate = principal !== undefined && isCertificateId(principal)
  return {
    accountId,
    code: 'service-not-offered',
    at,
    ...(clientId !== undefined && { clientId }),
    ...(isCertificate && { certificateId: principal }),
    ...(sourceIp !== undefined && { sourceIp }),
    details: { topic: topic.slice(0, 300), service: service.name },
  }
}
