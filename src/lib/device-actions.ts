/** AWS IoT Developer Guide, "Policy actions" and "Action resources": the kind of resource each action of MQTT names. */
export const deviceActions = {
  'iot:Connect': 'client',
  'iot:Publish': 'topic',
  'iot:RetainPublish': 'topic',
  'iot:Receive': 'topic',
  'iot:Subscribe': 'topicfilter',
} as const

export type DeviceAction = keyof typeof deviceActions
