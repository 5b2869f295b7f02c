/**
 * Short words between nodes, over NATS. Any of them may be lost: the database says the same a second later. They carry a
 * code by the key of the cluster, so that nobody else who reaches NATS can say that a change is in force.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { NatsConnection } from '@nats-io/transport-node'
import { causeText } from '../lib/cause-text.ts'
import type { Log } from '../lib/log.ts'

export interface Bus extends AsyncDisposable {
  /** To all other nodes of the cluster. */
  tell: (word: Word) => void
  onWord: (listener: (word: Word) => void) => void
  isConnected: () => boolean
}

/** `changed`: there are changes up to that one. `taken`: they are in force at the node. */
export interface Word {
  kind: 'changed' | 'taken'
  nodeName: string
  epoch: number
  seq: number
}

export interface BusOptions {
  url: string
  /** The cluster's, for this alone. */
  key: Uint8Array
  nodeName: string
  log: Pick<Log, 'warn'>
}

/** @throws {Error} for a person: which host, which error */
export async function openBus({ url, key, nodeName, log }: BusOptions): Promise<Bus> {
  const { connect } = await import('@nats-io/transport-node')
  const connection = await connect({
    ...serverOf(url),
    name: `muster ${nodeName}`,
    maxReconnectAttempts: -1,
  }).catch((cause: unknown) => {
    throw new Error(`NATS at ${hostOf(url)} cannot be reached: ${causeText(cause)}; is --nats right?`, {
      cause,
    })
  })
  void watch(connection, log)
  // apart from other clusters on the same NATS
  const subject = `muster.${codeOf(key, 'words').toString('hex', 0, 8)}.words`
  const listeners: ((word: Word) => void)[] = []
  connection.subscribe(subject, {
    callback: (error, message) => {
      const word = error ? undefined : readWord(message.string(), key)
      if (!word || word.nodeName === nodeName) return
      for (const listener of listeners) listener(word)
    },
  })
  await connection.flush()
  return {
    tell(word) {
      if (!connection.isClosed()) connection.publish(subject, sealWord(word, key))
    },
    onWord: (listener) => void listeners.push(listener),
    isConnected: () => !connection.isClosed(),
    [Symbol.asyncDispose]: () => connection.close(),
  }
}

const hostOf = (url: string) => new URL(url).host

/** Secrets travel beside the address: the client puts the address into what it says. */
function serverOf(url: string) {
  const { protocol, host, username, password } = new URL(url)
  const user = decodeURIComponent(username)
  const pass = decodeURIComponent(password)
  return {
    servers: `${protocol}//${host}`,
    ...(user !== '' && (pass === '' ? { token: user } : { user, pass })),
    ...(protocol === 'tls:' && { tls: {} }),
  }
}

async function watch(connection: NatsConnection, log: Pick<Log, 'warn'>): Promise<void> {
  for await (const { type } of connection.status())
    if (type === 'disconnect' || type === 'reconnect')
      log.warn({ type }, 'NATS: until it is back, nodes hear of each other from the database, each second')
}

const codeOf = (key: Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest()

export function sealWord(word: Word, key: Uint8Array): string {
  const text = JSON.stringify(word)
  return `${codeOf(key, text).toString('base64')} ${text}`
}

/** Undefined when it is none, or not by a node of this cluster. What was said once stays true, also when it comes again. */
export function readWord(sealed: string, key: Uint8Array): Word | undefined {
  const end = sealed.indexOf(' ')
  const text = sealed.slice(end + 1)
  const code = Buffer.from(sealed.slice(0, Math.max(end, 0)), 'base64')
  const expected = codeOf(key, text)
  if (code.length !== expected.length || !timingSafeEqual(code, expected)) return undefined
  return JSON.parse(text) as Word
}
