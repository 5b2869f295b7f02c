/** What devices ask of connections over HTTPS. Source: AWS IoT Developer Guide, "Direct messaging policy examples". */
import { randomUUID } from 'node:crypto'
import {
  answerDeviceOperation,
  type DeviceAnswer,
  type DeviceOffers,
  type DeviceRequest,
  type DeviceRequester,
} from '../../messaging/data-plane/index.ts'
import { sendDirectMessage, type DirectMessageInput } from './direct-message.ts'
import type { ConnectionsOperationsDeps } from './operations.ts'
import { connectionsPermissions } from './permissions.ts'

const paths = /^\/connections\/[^/]*\/messages$/

/** SendDirectMessage at `/connections/<client id>/messages`, for devices that were let in. */
export function directMessagesDevicePath({ connections }: Pick<ConnectionsOperationsDeps, 'connections'>) {
  const offers = new Map([
    [
      'SendDirectMessage',
      {
        handle: (input: object, requester: Omit<DeviceRequester, 'isAllowed'>) =>
          sendDirectMessage(connections(), input as DirectMessageInput, {
            ...requester,
            traceId: randomUUID(),
          }),
        permit: connectionsPermissions.SendDirectMessage,
      },
    ],
  ]) as DeviceOffers
  return {
    takes: ({ path }: { path: string }): boolean => paths.test(path),
    answer: (request: DeviceRequest, device: DeviceRequester): Promise<DeviceAnswer> =>
      answerDeviceOperation(offers, request, device),
  }
}
