/** mosquitto_pub and mosquitto_sub: a process for each publication and for each subscriber. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Inbox, type ForeignClient, type OpenClient, type OpenOptions } from './foreign-client.ts'

function connectionArgs({ server, identity }: OpenOptions, version: 4 | 5, directory: string): string[] {
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text)
    return join(directory, name)
  }
  const { endpoint, mqttPort } = server.endpoints
  return [
    ['-h', endpoint, '-p', String(mqttPort), '-V', version === 4 ? 'mqttv311' : 'mqttv5'],
    ['--cafile', file('root.pem', server.rootCa)],
    ['--cert', file('device.pem', identity.certificatePem)],
    ['--key', file('device.key', identity.privateKeyPem)],
  ].flat()
}

async function publish(
  connection: string[],
  message: { topic: string; payload: string; qos: number; retain: boolean },
): Promise<void> {
  const { topic, payload, qos, retain } = message
  const content = payload === '' ? ['-n'] : ['-m', payload]
  const args = [...connection, '-t', topic, '-q', String(qos), ...content, ...(retain ? ['-r'] : [])]
  const [code] = (await once(spawn('mosquitto_pub', args, { stdio: 'inherit' }), 'exit')) as [number]
  if (code !== 0) throw new Error(`mosquitto_pub ended with ${code}`)
}

interface Printed {
  topic: string
  payload: string
  retain: number
}

/** Resolves when the subscriptions are granted. */
async function subscribe(connection: string[], options: OpenOptions, inbox: Inbox): Promise<ChildProcess> {
  const { clientId, filters = [], isPersistent = false, will } = options
  const args = connection.concat(
    ['-d', '-F', '%j', '-q', '1', '-i', clientId],
    [
      ...filters.flatMap((filter) => ['-t', filter]),
      ...(isPersistent ? ['-c', ...(connection.includes('mqttv5') ? ['-x', '3600'] : [])] : []),
      ...(will ? ['--will-topic', will.topic, '--will-payload', will.payload, '--will-qos', '1'] : []),
    ],
  )
  const child = spawn('stdbuf', ['-oL', 'mosquitto_sub', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const subscribed = new Promise<void>((resolve, reject) => {
    const lines: string[] = []
    const read = (line: string) => {
      lines.push(line)
      if (line.startsWith('{')) {
        const { topic, payload, retain } = JSON.parse(line) as Printed
        inbox.add({ topic, payload, retain: retain === 1 })
      } else if (line.startsWith('Subscribed')) resolve()
      else if (/^Connection error|^All subscription requests were denied/.test(line)) reject(new Error(line))
      else if (lines.filter((one) => one.includes('sending CONNECT')).length > 1) reject(new Error('closed'))
    }
    createInterface({ input: child.stdout }).on('line', read)
    createInterface({ input: child.stderr }).on('line', read)
    child.once('exit', () => reject(new Error(lines.join('\n'))))
  })
  await subscribed.catch((cause: unknown) => {
    child.kill('SIGKILL')
    throw cause
  })
  return child
}

export const openMosquitto =
  (version: 4 | 5): OpenClient =>
  async (options): Promise<ForeignClient> => {
    const directory = mkdtempSync(join(tmpdir(), 'muster-mosquitto-'))
    const connection = connectionArgs(options, version, directory)
    const inbox = new Inbox()
    const isSubscriber = (options.filters ?? []).length > 0
    const forget = () => rmSync(directory, { recursive: true, force: true })
    const starting = isSubscriber ? subscribe(connection, options, inbox) : undefined
    starting?.catch(forget)
    const child = await starting
    const stop = async (signal: NodeJS.Signals) => {
      forget()
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill(signal)
      await exited
    }
    return {
      received: inbox.received,
      atLeast: inbox.atLeast,
      publish: (topic, payload, { qos = 0, retain = false } = {}) =>
        publish(connection, { topic, payload, qos, retain }),
      end: () => stop('SIGTERM'), // it says DISCONNECT then
      vanish: () => stop('SIGKILL'),
    }
  }
