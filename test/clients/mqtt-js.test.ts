import { describeClient } from './behaviour.ts'
import { openMqttJs } from './mqtt-js-client.ts'

describeClient({ name: 'MQTT.js with MQTT 3.1.1', open: openMqttJs(4) })
describeClient({ name: 'MQTT.js with MQTT 5', open: openMqttJs(5) })
