/** What the service answers and tells. Source: AWS IoT Developer Guide, "Device Shadow service documents". */
import type { ShadowError } from '../shadow-error.ts'
import { findDelta } from './delta.ts'
import { stamp } from './merge.ts'
import { pick, type ShadowDocument } from './shadow-document.ts'
import type { UpdateRequest } from './update-request.ts'

/** What is said with every answer. */
export interface Occasion {
  /** Epoch seconds. */
  timestamp: number
  clientToken?: string | undefined
}

/** The shadow as it is, with what the device has yet to do. */
export function getDocument(document: ShadowDocument, { timestamp, clientToken }: Occasion): object {
  const delta = findDelta(document.desired, document.reported?.state)
  return {
    state: { ...pick(document, 'state'), ...(delta && { delta: delta.state }) },
    metadata: pick(document, 'metadata'),
    version: document.version,
    timestamp,
    ...token(clientToken),
  }
}

/** Holds only what the request held. */
export function acceptedUpdate(
  { state, clientToken }: UpdateRequest,
  { version }: ShadowDocument,
  timestamp: number,
): object {
  return { state, metadata: stamp(state, timestamp), version, timestamp, ...token(clientToken) }
}

/** `undefined` when the device has nothing to do. */
export function deltaDocument(
  { desired, reported, version }: ShadowDocument,
  { timestamp, clientToken }: Occasion,
): object | undefined {
  const delta = findDelta(desired, reported?.state)
  if (!delta) return undefined
  return { version, timestamp, state: delta.state, metadata: delta.metadata, ...token(clientToken) }
}

/** `previous` is absent when the update made the shadow. */
export function documentsDocument(
  { previous, current }: { previous: ShadowDocument | undefined; current: ShadowDocument },
  { timestamp, clientToken }: Occasion,
): object {
  return {
    ...(previous && { previous: whole(previous) }),
    current: whole(current),
    timestamp,
    ...token(clientToken),
  }
}

const whole = (document: ShadowDocument): object => ({
  state: pick(document, 'state'),
  metadata: pick(document, 'metadata'),
  version: document.version,
})

/** `version` is the last one that the shadow had. */
export function deletedDocument(version: number, { timestamp, clientToken }: Occasion): object {
  return { version, timestamp, ...token(clientToken) }
}

/** Without a timestamp, as clients get it from AWS. */
export function errorDocument({ code, message }: ShadowError, clientToken: string | undefined): object {
  return { code, message, ...token(clientToken) }
}

const token = (clientToken: string | undefined) => (clientToken === undefined ? {} : { clientToken })
