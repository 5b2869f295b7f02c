import type { OperationCall } from '../../api/call.ts'

export const data = (operation: string, input: object): OperationCall => ({
  service: 'iot-data',
  operation,
  input,
})

/** The classic shadow has the empty name. */
export const named = (thingName: string, shadowName: string) => ({
  thingName,
  ...(shadowName !== '' && { shadowName }),
})

/** The document of a shadow (AWS IoT Developer Guide, "Device Shadow service documents"). */
export interface ShadowDocument {
  state: { desired?: object; reported?: object; delta?: object }
  metadata?: object
  version?: number
  timestamp?: number
}
