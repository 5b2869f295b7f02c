/** QoS 1 and 2 towards a client, and QoS 2 from it, as tables. Sources: MQTT 3.1.1 and 5.0 4.3. */

/** `waiting`: not sent over this connection. `sent`: PUBLISH went out. `released`: PUBREC came, PUBLISH is not sent again. */
export type DeliveryState = 'waiting' | 'sent' | 'released'

/** What the client answers; `pubrec-refused` has a reason code of 0x80 or above. */
export type DeliveryAnswer = 'puback' | 'pubrec' | 'pubrec-refused' | 'pubcomp'

interface DeliveryStep {
  next: DeliveryState | 'done'
  /** `release`: answer with PUBREL. */
  answer?: 'release'
}

const stay = (next: DeliveryState): DeliveryStep => ({ next })
const done: DeliveryStep = { next: 'done' }
const release: DeliveryStep = { next: 'released', answer: 'release' } // [MQTT-4.3.3-4]

const ignored = (state: DeliveryState): Record<DeliveryAnswer, DeliveryStep> => ({
  puback: stay(state),
  pubrec: stay(state),
  'pubrec-refused': stay(state),
  pubcomp: stay(state),
})

/** An answer to what was not sent, or of the other QoS, changes nothing. */
export const deliverySteps: Record<1 | 2, Record<DeliveryState, Record<DeliveryAnswer, DeliveryStep>>> = {
  1: {
    waiting: ignored('waiting'),
    sent: { ...ignored('sent'), puback: done },
    released: ignored('released'),
  },
  2: {
    waiting: ignored('waiting'),
    sent: { ...ignored('sent'), pubrec: release, 'pubrec-refused': done }, // [MQTT-4.3.3-1]
    released: { ...ignored('released'), pubrec: release, pubcomp: done }, // [MQTT-4.3.3-5]
  },
}

/** Of a packet id: `unknown`: free. `received`: its message was published, PUBREL is awaited. */
export type ReceiptState = 'unknown' | 'received'

interface ReceiptStep {
  next: ReceiptState
  /** Publish the message to its subscribers. */
  isPublished: boolean
  answer: 'pubrec' | 'pubcomp' | 'pubcomp-not-found'
}

/** Method A of MQTT 3.1.1 4.3.3: a message is published when it comes, its packet id is kept until PUBREL. */
export const receiptSteps: Record<ReceiptState, Record<'publish' | 'pubrel', ReceiptStep>> = {
  unknown: {
    publish: { next: 'received', isPublished: true, answer: 'pubrec' },
    pubrel: { next: 'unknown', isPublished: false, answer: 'pubcomp-not-found' },
  },
  received: {
    publish: { next: 'received', isPublished: false, answer: 'pubrec' }, // [MQTT-4.3.3-10]
    pubrel: { next: 'unknown', isPublished: false, answer: 'pubcomp' },
  },
}
