/** Sources: AWS IoT Developer Guide, "Direct Messaging"; AWS IoT API Reference, "SendDirectMessage". */
import type { SendDirectMessageRequest } from '@aws-sdk/client-iot-data-plane'
import type { AwsError } from '../../api/aws/errors.ts'
import type { Message } from '../../fabric/in-process/index.ts'
import { dataPlaneError, readContent } from '../../messaging/data-plane/index.ts'
import type { Connections, DirectOutcome } from '../ports/index.ts'

const defaultSeconds = 5

export type DirectMessageInput = Omit<SendDirectMessageRequest, 'payload'> & {
  clientId: string
  topic: string
  payload?: unknown
}

/** Who sends: a caller of the API, or a device. */
interface DirectSender {
  accountId: string
  /** The unique id of a user or role, or a certificate's id. */
  principal: string
  sourceIp: string
  traceId: string
}

/** @throws {AwsError} as AWS's API does; see `refusals` */
export async function sendDirectMessage(
  connections: Connections | undefined,
  input: DirectMessageInput,
  { accountId, principal, sourceIp, traceId }: DirectSender,
): Promise<{ message: string; traceId: string }> {
  const { clientId, confirmation = false, timeout: seconds = defaultSeconds } = input
  const message = toMessage(input, { accountId, principal, sourceIp })
  const direct = { message, ...(confirmation && { confirmWithinMs: seconds * 1000 }) }
  const outcome = (await connections?.sendDirect(accountId, clientId, direct)) ?? 'not-connected'
  if (outcome === 'sent' || outcome === 'confirmed') return { message: 'OK', traceId }
  throw refusals[outcome](clientId, seconds)
}

function toMessage(
  input: DirectMessageInput,
  { accountId, ...publisher }: { accountId: string; principal: string; sourceIp: string },
): Message {
  if (input.topic.startsWith('$'))
    // what comes there is the server's own word
    throw dataPlaneError('ForbiddenException', 'direct messages do not go to reserved topics')
  const qos = input.confirmation ? 1 : 0
  return { accountId, ...readContent(input, false), qos, retain: false, publisher }
}

type Refused = Exclude<DirectOutcome, 'sent' | 'confirmed'> | 'not-connected'

/** assumed: the codes, but for those of a client that is not connected and of one that does not acknowledge in time. */
const refusals: Record<Refused, (clientId: string, seconds: number) => AwsError> = {
  'not-connected': (id) => dataPlaneError('ResourceNotFoundException', `the client ${id} is not connected`),
  left: (id) =>
    dataPlaneError(
      'ResourceNotFoundException',
      `the client ${id} disconnected before it acknowledged the message`,
    ),
  forbidden: (id) =>
    dataPlaneError('ForbiddenException', `no policy lets the client ${id} receive from the topic`),
  'too-large': (id) =>
    dataPlaneError('RequestEntityTooLargeException', `the client ${id} takes no packet of this size`),
  'no-room': (id) =>
    dataPlaneError('ThrottlingException', `the client ${id} has more messages than it acknowledges`),
  'not-confirmed': (id, seconds) =>
    dataPlaneError(
      'GatewayTimeoutException',
      `the client ${id} did not acknowledge the message in ${seconds} seconds`,
    ),
}
