import type { PacketType } from '../codec/packets.ts'
import type { MqttProfile } from '../profile.ts'
import type { RefusalReason } from '../refuse.ts'

/**
 * `opened`: the handshake is done, CONNECT is awaited. `judged`: CONNECT came, whether it is let in is being
 * decided. `connected`: CONNACK went out. `closed`: nothing counts any more.
 */
export type ConnectionState = 'opened' | 'judged' | 'connected' | 'closed'

/** `wait`: leave the packet in the buffer until the state has changed. Anything else refuses the packet. */
type Move = 'take' | 'wait' | 'ignore' | RefusalReason

/** Packets that only a server sends; a client that does gets the same answer in each state. */
const fromServer = {
  reserved: 'malformed-packet',
  connack: 'protocol-error',
  suback: 'protocol-error',
  unsuback: 'protocol-error',
  pingresp: 'protocol-error',
} as const

/** Enhanced authentication is not offered. */
const notOffered = { auth: 'protocol-error' } as const

const onlyWithQos2: ReadonlySet<PacketType> = new Set(['pubrec', 'pubrel', 'pubcomp'])

const inSession = [
  'publish',
  'puback',
  'pubrec',
  'pubrel',
  'pubcomp',
  'subscribe',
  'unsubscribe',
  'pingreq',
  'disconnect',
] as const

const all = (move: Move): Record<(typeof inSession)[number], Move> => ({
  publish: move,
  puback: move,
  pubrec: move,
  pubrel: move,
  pubcomp: move,
  subscribe: move,
  unsubscribe: move,
  pingreq: move,
  disconnect: move,
})

const each = (move: Move): Record<PacketType, Move> => ({
  reserved: move,
  connect: move,
  connack: move,
  suback: move,
  unsuback: move,
  pingresp: move,
  auth: move,
  ...all(move),
})

/** What becomes of a packet that arrives in a state. */
const moves: Record<ConnectionState, Record<PacketType, Move>> = {
  opened: { ...fromServer, ...notOffered, ...all('protocol-error'), connect: 'take' }, // [MQTT-3.1.0-1]
  judged: each('wait'),
  connected: { ...fromServer, ...notOffered, ...all('take'), connect: 'protocol-error' }, // [MQTT-3.1.0-2]
  closed: each('ignore'),
}

/** The same, in a profile that may not have QoS 2. */
export function findMove(
  state: ConnectionState,
  type: PacketType,
  { maximumQos }: Pick<MqttProfile, 'maximumQos'>,
): Move {
  const move = moves[state][type]
  return move === 'take' && maximumQos < 2 && onlyWithQos2.has(type) ? 'protocol-error' : move
}
