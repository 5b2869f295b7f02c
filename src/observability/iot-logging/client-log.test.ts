import { expect, it } from 'vitest'
import { createClientLog } from './client-log.ts'
import type { IotLogEntry } from './iot-log-entry.ts'

const peer = { accountId: '111122223333', certificateId: 'abc', sourceIp: '192.0.2.7' }

function start(isOn: boolean) {
  const logged: IotLogEntry[] = []
  return { logged, ...createClientLog({ isOn, log: (entry) => logged.push(entry) }) }
}

it('logs an entry a filter', () => {
  const log = start(true)
  log.subscribed({ clientId: 'lamp', thingName: 'lamp-thing', peer }, ['a/#', 'b'])
  log.unsubscribed({ clientId: 'lamp', peer }, ['b'])
  const subject = { clientId: 'lamp', principalId: 'abc', sourceIp: '192.0.2.7', protocol: 'MQTT' }
  expect(log.logged).toMatchObject([
    { ...subject, eventType: 'Subscribe', status: 'Success', level: 'INFO', topicName: 'a/#' },
    { ...subject, eventType: 'Subscribe', topicName: 'b', thingName: 'lamp-thing' },
    { ...subject, eventType: 'Unsubscribe', topicName: 'b' },
  ])
})

it('names an identity that has no certificate', () => {
  const log = start(true)
  const identity = { userId: 'AIDAEXAMPLE' }
  log.subscribed({ clientId: 'lamp', peer: { accountId: '1', sourceIp: '192.0.2.7', identity } }, ['a'])
  expect(log.logged).toMatchObject([{ principalId: 'AIDAEXAMPLE' }])
})

it('makes no entry while nobody logs', () => {
  const log = start(false)
  log.subscribed({ clientId: 'lamp', peer }, ['a'])
  expect(log.logged).toEqual([])
})
