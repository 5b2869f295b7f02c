/**
 * Services of AWS IoT that are asked by MQTT and are not offered: where requests come in, and how each says no.
 * Sources: AWS IoT Developer Guide, "Reserved topics", "Jobs device MQTT API operations", "Using AWS IoT MQTT-based file
 * delivery in devices", "Sending metrics from devices".
 */

/** What a refused request is answered from. */
export interface Refused {
  topic: string
  message: string
  /** As the client gave it. */
  clientToken: string | undefined
  reportId: number | undefined
  /** Epoch seconds. */
  timestamp: number
}

export interface AbsentService {
  name: string
  /** Topic filters of its requests. */
  filters: readonly string[]
  /** Where it rejects. */
  rejectedOn: (topic: string) => string
  /** What it says there. Without `undefined` members it is sent, in the format that the topic names. */
  document: (refused: Refused) => Record<string, unknown>
}

const below = (topic: string) => `${topic}/rejected`

/** `rejected/<format>`, in place of the last `levels` of the topic and its format. */
const besideFormat = (levels: number) => (topic: string) => {
  const parts = topic.split('/')
  return [...parts.slice(0, -1 - levels), 'rejected', parts.at(-1)].join('/')
}

export const absentServices: readonly AbsentService[] = [
  {
    name: 'Jobs',
    filters: [
      '$aws/things/+/jobs/get',
      '$aws/things/+/jobs/start-next',
      '$aws/things/+/jobs/+/get',
      '$aws/things/+/jobs/+/update',
    ],
    rejectedOn: below,
    // assumed: the code that AWS has for topics of Jobs behind which there is nothing
    document: ({ clientToken, message, timestamp }) => ({
      code: 'InvalidTopic',
      message,
      clientToken,
      timestamp,
    }),
  },
  {
    name: 'MQTT-based file delivery',
    filters: ['$aws/things/+/streams/+/get/+', '$aws/things/+/streams/+/describe/+'],
    rejectedOn: besideFormat(1),
    document: ({ message, clientToken }) => ({ o: 'InvalidTopic', m: message, c: clientToken }),
  },
  {
    name: 'Device Defender',
    filters: ['$aws/things/+/defender/metrics/+'],
    rejectedOn: below,
    document: ({ message, reportId, timestamp }) => ({
      reportId,
      status: 'REJECTED',
      statusDetails: { ErrorCode: 'NotImplemented', ErrorMessage: message },
      timestamp: timestamp * 1000,
    }),
  },
  {
    name: 'commands',
    filters: ['$aws/commands/+/+/executions/+/response/+'],
    rejectedOn: besideFormat(0),
    document: ({ topic, message }) => ({
      error: 'NotImplemented',
      errorMessage: message,
      executionId: topic.split('/')[5],
    }),
  },
  {
    name: 'Device Location',
    filters: ['$aws/device_location/+/get_position_estimate'],
    rejectedOn: below,
    document: ({ message }) => ({ errorCode: 'NotImplemented', errorMessage: message }),
  },
]
