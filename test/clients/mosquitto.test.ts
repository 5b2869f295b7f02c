import { describe } from 'vitest'
import { lacks } from '../helpers/programs.ts'
import { describeClient } from './behaviour.ts'
import { openMosquitto } from './mosquitto-client.ts'

describe.skipIf(lacks('mosquitto_pub', 'mosquitto_sub'))('mosquitto_pub and mosquitto_sub', () => {
  describeClient({ name: 'with MQTT 3.1.1', open: openMosquitto(4), mustSubscribe: true })
  describeClient({ name: 'with MQTT 5', open: openMosquitto(5), mustSubscribe: true, leavesWithWill: true })
})
