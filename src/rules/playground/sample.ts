/** A statement and a message to try it on, as somebody sends them. */
import { randomUUID } from 'node:crypto'
import { iotError } from '../../api/aws/errors.ts'
import { findText, getText, readJsonBody } from '../../api/aws/json-body.ts'
import { isTopicName } from '../../lib/topic-filter.ts'
import type { RuleMessage, SqlVersion } from '../sql/index.ts'
import { toSqlVersion } from '../topic-rule.ts'

export interface Statement {
  sql: string
  version: SqlVersion
}

export interface Sample extends Statement {
  message: RuleMessage
}

const statementMembers = ['sql', 'awsIotSqlVersion'] as const
const messageMembers = ['topic', 'payload', 'payloadBase64', 'clientId', 'principal', 'sourceIp'] as const
/** Both payload and statement as JSON text, with room for escapes. */
const maxBodyBytes = 1024 * 1024
/** AWS IoT Core endpoints and quotas, "Message size". */
const maxPayloadBytes = 128 * 1024
/** Same source, "Topic size", for the longest there are: those of Basic Ingest come with their prefix. */
const maxTopicBytes = 512
const maxFactLength = 2048

interface Surroundings {
  accountId: string
  now: Date
}

/** @throws {AwsError} `InvalidRequestException`, which names the member */
export function readStatement(body: Uint8Array): Statement {
  return toStatement(readJsonBody(body, { members: statementMembers, maxBytes: maxBodyBytes }))
}

/** @throws {AwsError} `InvalidRequestException`, which names the member */
export function readSample(body: Uint8Array, { accountId, now }: Surroundings): Sample {
  const members = [...statementMembers, ...messageMembers]
  const document = readJsonBody(body, { members, maxBytes: maxBodyBytes })
  return {
    ...toStatement(document),
    message: {
      topic: readTopic(document),
      payload: readPayload(document),
      context: {
        accountId,
        now,
        random: Math.random,
        uuid: randomUUID,
        traceId: randomUUID(),
        ...readFacts(document),
      },
    },
  }
}

const toStatement = (document: Record<string, unknown>): Statement => ({
  sql: getText(document, 'sql'),
  version: toSqlVersion(findText(document, 'awsIotSqlVersion')),
})

function readTopic(document: Record<string, unknown>): string {
  const topic = getText(document, 'topic')
  if (isTopicName(topic) && Buffer.byteLength(topic) <= maxTopicBytes) return topic
  throw iotError(
    'InvalidRequestException',
    `topic must be the name of a topic, without + and #, of at most ${maxTopicBytes} bytes; it is "${topic.slice(0, 200)}"`,
  )
}

function readPayload(document: Record<string, unknown>): Uint8Array {
  const [text, base64] = [findText(document, 'payload'), findText(document, 'payloadBase64')]
  if (text !== undefined && base64 !== undefined)
    throw iotError('InvalidRequestException', 'either payload or payloadBase64 may be given, both are')
  const payload = Buffer.from(text ?? base64 ?? '', text === undefined ? 'base64' : 'utf8')
  if (payload.length <= maxPayloadBytes) return payload
  throw iotError(
    'InvalidRequestException',
    `the payload must have at most ${maxPayloadBytes} bytes, it has ${payload.length}`,
  )
}

/** What functions such as `clientid()` tell. */
function readFacts(document: Record<string, unknown>) {
  const facts: { clientId?: string; principal?: string; sourceIp?: string } = {}
  for (const name of ['clientId', 'principal', 'sourceIp'] as const) {
    const fact = findText(document, name)
    if (fact === undefined || fact === '') continue
    if (fact.length > maxFactLength)
      throw iotError(
        'InvalidRequestException',
        `${name} must have at most ${maxFactLength} characters, it has ${fact.length}`,
      )
    facts[name] = fact
  }
  return facts
}
