export { readContent } from './data-requests.ts'
export { dataPlaneError } from './data-plane-error.ts'
export {
  answerDeviceOperation,
  answerDeviceRequest,
  refuseDeviceRequest,
  type DeviceAnswer,
  type DeviceOffers,
  type DeviceRequest,
  type DeviceRequester,
} from './device-requests.ts'
export {
  clampExpiry,
  defaultMessageLimits,
  describeExcess,
  describeTopicExcess,
  expiryBounds,
  findTopicFault,
  type MessageLimits,
} from './message-rules.ts'
export { openMessages, RetainedLimitError, type Messages } from './messages.ts'
export { dataPlaneOperations } from './operations.ts'
export { dataPlanePermissions } from './permissions.ts'
export { maySubscribeReserved } from './reserved-topics.ts'
export { toMessage as toRetainedDelivery, type RetainedMessage } from './retained-message.ts'
