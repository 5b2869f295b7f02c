import type * as IotData from '@aws-sdk/client-iot-data-plane'
import type { CallContext, Operations } from '../../api/aws/operations.ts'
import {
  getRetainedMessage,
  listRetainedMessages,
  publish,
  type DataRequestsDeps,
  type Requester,
} from './data-requests.ts'

export function dataPlaneOperations(deps: DataRequestsDeps) {
  return {
    Publish: (input, context) => publish(deps, input, toRequester(context)),
    GetRetainedMessage: (input, context) => getRetainedMessage(deps, input, toRequester(context)),
    ListRetainedMessages: (input, context) => listRetainedMessages(deps, input, toRequester(context)),
  } satisfies Partial<Operations<typeof IotData>>
}

function toRequester({ caller, accountId, region, sourceIp, authorize }: CallContext): Requester {
  return { accountId, region, principal: caller.userId, sourceIp, authorize }
}
