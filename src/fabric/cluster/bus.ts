/**
 * What nodes say to each other, over NATS. Any of it may be lost: words about changes are in the database a second later,
 * frames of messages are not. All carries a code by the key of the cluster, so that nobody else who reaches NATS can say
 * that a change is in force, or send a message.
 */
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Msg, NatsConnection } from '@nats-io/transport-node'
import { causeText } from '../../lib/cause-text.ts'
import type { Log } from '../../lib/log.ts'

export interface Bus extends AsyncDisposable {
  /** To all other nodes of the cluster. */
  tell: (word: Word) => void
  onWord: (listener: (word: Word) => void) => void
  /** To one node; false when it is lost for certain. What it is given may be written to afterwards. */
  sendFrame: (frame: Uint8Array, nodeName: string) => boolean
  /** To this node. */
  onFrame: (listener: (frame: Uint8Array) => void) => void
  /** Asks one node: undefined when it does not answer in that time. */
  ask: (nodeName: string, question: Uint8Array, timeoutMs: number) => Promise<Uint8Array | undefined>
  /** What others ask this node; without an answer they wait until their time is over. */
  onAsked: (answer: (question: Uint8Array) => Promise<Uint8Array>) => void
  /** Bytes of a frame. */
  maxFrame: number
  isConnected: () => boolean
}

/** `changed`: there are changes up to that one. `taken`: they are in force at the node. `logged`: there are more messages. */
interface Word {
  kind: 'changed' | 'taken' | 'logged'
  nodeName: string
  epoch: number
  seq: number
}

/** Of the key of the cluster. */
export const busKeyOf = (key: Uint8Array): Uint8Array =>
  Buffer.from(hkdfSync('sha256', key, '', 'muster: words between nodes', 32))

export interface BusOptions {
  url: string
  /** The cluster's, for this alone. */
  key: Uint8Array
  nodeName: string
  log: Pick<Log, 'warn'>
}

/** @throws {Error} for a person: which host, which error */
export async function openBus(options: BusOptions): Promise<Bus> {
  const { key } = options
  const connection = await connectTo(options)
  const state = watch(connection, options.log)
  // apart from other clusters on the same NATS
  const subject = `muster.${codeOf(key, 'subjects').toString('hex', 0, 8)}`
  const subjectOf = nodeSubjects(subject, key)
  const words = `${subject}.words`
  const send = (to: string, content: Uint8Array): boolean => {
    if (!state.isUp) return false // the client would keep it all until it is connected again
    connection.publish(to, seal(content, key))
    return true
  }
  const onEach = (from: string, listener: (content: Uint8Array) => void) => {
    const callback = (error: Error | null, { data }: { data: Uint8Array }) => {
      const content = error ? undefined : unseal(data, key)
      if (content) listener(content)
    }
    connection.subscribe(from, { callback })
  }
  return {
    tell: (word) => void send(words, Buffer.from(JSON.stringify(word))),
    onWord: (listener) =>
      onEach(words, (content) => listener(JSON.parse(Buffer.from(content).toString()) as Word)),
    sendFrame: (frame, nodeName) => send(subjectOf('frames', nodeName), frame),
    onFrame: (listener) => onEach(subjectOf('frames', options.nodeName), listener),
    ...openQuestions(connection, { key, nodeName: options.nodeName, subjectOf }),
    maxFrame: (connection.info?.max_payload ?? defaultMaxPayload) - codeBytes,
    isConnected: () => state.isUp,
    [Symbol.asyncDispose]: () => connection.close(),
  }
}

type SubjectOf = (kind: 'ask' | 'frames', nodeName: string) => string

/** Names may have what a subject may not. There are as many as there were nodes. */
function nodeSubjects(subject: string, key: Uint8Array): SubjectOf {
  const codes = new Map<string, string>()
  return (kind, nodeName) => {
    let code = codes.get(nodeName)
    if (code === undefined) {
      code = codeOf(key, `node ${nodeName}`).toString('hex', 0, 8)
      codes.set(nodeName, code)
    }
    return `${subject}.${kind}.${code}`
  }
}

const nonceBytes = 16

/** An answer carries what the question began with, so that an old one is none. */
function openQuestions(
  connection: NatsConnection,
  { key, nodeName, subjectOf }: { key: Uint8Array; nodeName: string; subjectOf: SubjectOf },
): Pick<Bus, 'ask' | 'onAsked'> {
  return {
    async ask(name, question, timeoutMs) {
      const nonce = randomBytes(nonceBytes)
      try {
        const sealed = seal(Buffer.concat([nonce, question]), key)
        const { data } = await connection.request(subjectOf('ask', name), sealed, { timeout: timeoutMs })
        const answer = unseal(data, key)
        const isNew = answer && nonce.equals(answer.subarray(0, nonceBytes))
        return isNew ? answer.subarray(nonceBytes) : undefined
      } catch {
        return undefined // nobody is there, or NATS is away
      }
    },
    onAsked(answer) {
      const callback = (error: Error | null, message: Msg) => {
        const asked = error ? undefined : unseal(message.data, key)
        if (!asked || asked.length < nonceBytes) return
        const [nonce, question] = [asked.subarray(0, nonceBytes), asked.subarray(nonceBytes)]
        answer(question).then(
          (content) => message.respond(seal(Buffer.concat([nonce, content]), key)),
          () => {}, // who was asked has told; who asks waits no longer than it wants to
        )
      }
      connection.subscribe(subjectOf('ask', nodeName), { callback })
    },
  }
}

const defaultMaxPayload = 1024 * 1024

/** A line that is cut says nothing: it counts as away when so many pings were not answered. */
const pingEveryMs = 2000
const maxPings = 2

async function connectTo({ url, nodeName }: BusOptions): Promise<NatsConnection> {
  const { connect } = await import('@nats-io/transport-node')
  const options = {
    ...serverOf(url),
    name: `muster ${nodeName}`,
    maxReconnectAttempts: -1,
    noEcho: true,
    pingInterval: pingEveryMs,
    maxPingOut: maxPings,
  }
  try {
    return await connect(options)
  } catch (cause) {
    const { host } = new URL(url)
    throw new Error(`NATS at ${host} cannot be reached: ${causeText(cause)}; is --nats right?`, { cause })
  }
}

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

function watch(connection: NatsConnection, log: Pick<Log, 'warn'>): { isUp: boolean } {
  const state = { isUp: true }
  const follow = async () => {
    for await (const { type } of connection.status()) {
      if (type !== 'disconnect' && type !== 'reconnect') continue
      state.isUp = type === 'reconnect'
      log.warn({ type }, 'NATS: while it is away, no messages pass, and changes take a second')
    }
    state.isUp = false
  }
  void follow()
  return state
}

const codeBytes = 32

const codeOf = (key: Uint8Array, content: Uint8Array | string): Buffer =>
  createHmac('sha256', key).update(content).digest()

export function seal(content: Uint8Array, key: Uint8Array): Uint8Array {
  return Buffer.concat([codeOf(key, content), content])
}

/** Undefined when it is not by a node of this cluster. */
export function unseal(sealed: Uint8Array, key: Uint8Array): Uint8Array | undefined {
  if (sealed.length < codeBytes) return undefined
  const content = sealed.subarray(codeBytes)
  return timingSafeEqual(sealed.subarray(0, codeBytes), codeOf(key, content)) ? content : undefined
}
