/** A request over HTTPS that a custom authorizer judges. AWS IoT Developer Guide: it may publish, and nothing else. */
import type { IncomingMessage } from 'node:http'
import {
  answerDeviceRequest,
  refuseDeviceRequest,
  type DeviceAnswer,
  type Messages,
} from '../../../messaging/data-plane/index.ts'
import { presentedHttp } from '../custom-auth.ts'
import type { RefusalDetails } from '../refuse.ts'
import type { DeviceConnection } from './device-connection.ts'
import type { DeviceHttpRequest } from './device-path.ts'

interface CustomExchange {
  request: IncomingMessage
  /** Resolves with nothing when the body is too large. */
  receive: () => Promise<DeviceHttpRequest | undefined>
  messages: Messages
}

/** `undefined` for a request that is for no authorizer. The function is asked before the body is read. */
export async function answerCustom(
  connection: DeviceConnection,
  { request, receive, messages }: CustomExchange,
): Promise<DeviceAnswer | undefined> {
  const http = presentedHttp(request)
  if (!connection.isForAuthorizer(http)) return undefined
  const { method = '', url = '' } = request
  if (method !== 'POST' || !url.startsWith('/topics/')) {
    connection.record('protocol-error', {
      error: 'a custom authorizer lets clients publish alone over HTTPS',
    })
    return forbidden()
  }
  const asked = await connection.authenticate(http)
  if ('code' in asked) {
    connection.record(asked.code, asked.details)
    return forbidden(asked.code === 'authorizer-expired')
  }
  using requester = asked
  const who = { authorizer: requester.authorizerName, principalId: requester.principalId }
  const received = await receive()
  if (!received) {
    connection.record('limit-exceeded', { ...who, error: 'the body is too large' })
    return refuseDeviceRequest({ code: 'RequestEntityTooLargeException', message: 'the body is too large' })
  }
  let denial: RefusalDetails | undefined
  const device = connection.requester(requester.authorization, (details) => (denial = details))
  const answer = await answerDeviceRequest({ messages }, received, { ...device, principal: who.principalId })
  if (answer.refusal)
    connection.record(denial ? 'publish-denied' : 'protocol-error', {
      ...(denial ?? { error: answer.refusal.message }),
      ...who,
    })
  return answer
}

function forbidden(isLast = false): DeviceAnswer {
  const answer = refuseDeviceRequest({ code: 'ForbiddenException', message: 'Forbidden' })
  return isLast ? { ...answer, headers: { ...answer.headers, connection: 'close' } } : answer
}
