/** Eclipse Paho for Python, as Debian packages it: both protocol versions. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe } from 'vitest'
import { lacks } from '../helpers/programs.ts'
import { describeClient } from './behaviour.ts'
import { openLineClient } from './line-client.ts'

/** The first Python that knows Paho: Debian's package is for Debian's own Python. */
const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import paho.mqtt.client']).status === 0,
)

const open = (version: 4 | 5) =>
  openLineClient({
    command: python ?? 'python3',
    args: [resolve('test/clients/paho-client.py')],
    extra: () => ({ version }),
  })

describe.skipIf(python === undefined && lacks('python3-paho-mqtt'))('Eclipse Paho for Python', () => {
  describeClient({ name: 'with MQTT 3.1.1', open: open(4) })
  describeClient({ name: 'with MQTT 5', open: open(5) })
})
