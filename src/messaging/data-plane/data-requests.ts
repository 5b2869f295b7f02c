/** The iot-data operations, whoever asks: a caller of the API or a device over HTTPS. */
import type {
  GetRetainedMessageCommandInput,
  ListRetainedMessagesCommandInput,
} from '@aws-sdk/client-iot-data-plane'
import { NoRoomError, type Message } from '../../fabric/in-process/index.ts'
import { iotArn, type ArnScope } from '../../lib/arn.ts'
import { decodeMarker, encodeMarker } from '../../api/aws/page-marker.ts'
import { dataPlaneError } from './data-plane-error.ts'
import { defaultMessageLimits, describeExcess, findTopicFault } from './message-rules.ts'
import { RetainedLimitError, type Messages } from './messages.ts'
import { readProperties, writeUserProperties, type PublishInput } from './publish-request.ts'

/** Who asks. That the operation itself is allowed has been seen to. */
export interface Requester extends ArnScope {
  /** A certificate's id, or the unique id of a user or role. */
  principal: string
  sourceIp: string
  /** @throws {AwsError} when a further permission is not granted */
  authorize: (
    action: string,
    resourceArn: string,
    conditions?: Record<string, string>,
  ) => void | Promise<void>
}

export interface DataRequestsDeps {
  messages: Messages
}

const maxPageSize = 200
const noPayload = new Uint8Array()

/** Resolves once the message is published and, when it is retained, durable. */
export async function publish(
  { messages }: DataRequestsDeps,
  input: PublishInput,
  requester: Requester,
): Promise<void> {
  const { topic = '', qos = 0, retain = false } = input
  const content = readContent(input, retain)
  const { accountId, principal, sourceIp } = requester
  if (retain) await requester.authorize('iot:RetainPublish', iotArn(requester, `topic/${topic}`))
  try {
    await messages.publish({
      accountId,
      ...content,
      qos: qos === 1 ? 1 : 0,
      retain,
      publisher: { principal, sourceIp },
    })
  } catch (cause) {
    if (cause instanceof RetainedLimitError || cause instanceof NoRoomError)
      throw dataPlaneError('ThrottlingException', cause.message)
    throw cause
  }
}

/** What is published, and where. @throws {AwsError} when it breaks a rule of messages */
export function readContent(
  input: PublishInput,
  retain: boolean,
): Pick<Message, 'topic' | 'payload' | 'properties'> {
  const { topic = '' } = input
  checkTopic(topic, retain)
  const payload = (input.payload ?? noPayload) as Uint8Array
  const properties = readProperties(input)
  const excess = describeExcess(payload, properties, defaultMessageLimits)
  if (excess !== undefined) throw dataPlaneError('RequestEntityTooLargeException', excess)
  return { topic, payload, ...(properties && { properties }) }
}

/** assumed: a reserved topic is forbidden rather than malformed. @throws {AwsError} */
function checkTopic(topic: string, retain: boolean): void {
  const fault = findTopicFault({ topic, retain }, defaultMessageLimits)
  if (!fault) return
  const code = fault.kind === 'reserved' ? 'ForbiddenException' : 'InvalidRequestException'
  throw dataPlaneError(code, `${fault.error}: ${topic.slice(0, 300)}`)
}

/** `lastModifiedTime` is in epoch milliseconds. @throws {AwsError} `ResourceNotFoundException` */
export async function getRetainedMessage(
  { messages }: DataRequestsDeps,
  { topic = '' }: GetRetainedMessageCommandInput,
  { accountId }: Requester,
) {
  checkTopic(topic, false)
  const [found] = await messages.findRetained(accountId, [topic])
  if (!found) throw dataPlaneError('ResourceNotFoundException', `no message is retained for ${topic}`)
  const { payload, qos, modifiedAt, properties } = found
  const { userProperties } = properties ?? {}
  return {
    topic,
    payload,
    qos,
    lastModifiedTime: modifiedAt.getTime(),
    ...(userProperties && { userProperties: Buffer.from(writeUserProperties(userProperties)) }),
  }
}

/** @throws {AwsError} `InvalidRequestException` on a token that no list has given out */
export async function listRetainedMessages(
  { messages }: DataRequestsDeps,
  { nextToken, maxResults = maxPageSize }: ListRetainedMessagesCommandInput,
  { accountId }: Requester,
) {
  const after = decodeMarker(nextToken)
  const found = await messages.listRetained(accountId, { after, limit: maxResults + 1 })
  const shown = found.slice(0, maxResults)
  const last = shown.at(-1)
  return {
    retainedTopics: shown.map(({ modifiedAt, ...summary }) => ({
      ...summary,
      lastModifiedTime: modifiedAt.getTime(),
    })),
    ...(found.length > maxResults && last && { nextToken: encodeMarker(last.topic) }),
  }
}
