/**
 * Asks web services whether they want messages: nobody may aim rules at a server that does not answer for it.
 * Source: AWS IoT Developer Guide, "Managing HTTP topic rule destinations".
 */
import { hash, randomBytes } from 'node:crypto'
import { iotError } from '../api/aws/errors.ts'
import type { Log } from '../lib/log.ts'
import type { Store } from '../store/index.ts'
import { ActionFailure } from './actions/action-failure.ts'
import { checkStatus, type OutgoingRequest, type SendRequest } from './actions/send-request.ts'
import { findDestinationByToken, saveDestination, setStatusReason } from './destination-store.ts'
import { destinationArn, isConfirmable, type Destination } from './destination.ts'

export interface Confirmations {
  /** Sends the token to the web service, in the background: it may be down for now. */
  requestConfirmation: (destination: Destination, token: string) => void
}

export interface ConfirmationsDeps {
  store: Store
  send: SendRequest
  apiUrl: () => string
  region: string
  now: () => Date
  log: Log
}

/** A secret for the web service alone: only its hash is stored. */
export const createToken = (): string => randomBytes(48).toString('base64url')

export const hashToken = (token: string): string => hash('sha256', token, 'hex')

export function createConfirmations(deps: ConfirmationsDeps): Confirmations & AsyncDisposable {
  const underway = new Set<Promise<void>>()
  return {
    requestConfirmation(destination, token) {
      const sending = ask(deps, destination, token).finally(() => underway.delete(sending))
      underway.add(sending)
    },
    [Symbol.asyncDispose]: async () => void (await Promise.all(underway)),
  }
}

/**
 * Never rejects. The destination's `statusReason` is the same whatever comes of it, and is written before anything does:
 * it would tell whoever makes destinations which addresses and ports this server can reach.
 */
async function ask(deps: ConfirmationsDeps, destination: Destination, token: string): Promise<void> {
  const { destinationId } = destination
  try {
    const sentAt = deps.now().toISOString()
    const reason = `Awaiting confirmation. Confirmation message sent on ${sentAt}. No response received from the endpoint.`
    await deps.store.transact((db) => setStatusReason(db, hashToken(token), reason))
    const request = confirmationRequest(destination, token, deps)
    checkStatus(request.url, await deps.send(request))
  } catch (error) {
    if (!(error instanceof ActionFailure))
      return deps.log.error({ error, destinationId }, 'a confirmation message failed')
    deps.log.warn({ err: error, destinationId }, 'a web service did not take its confirmation message')
  }
}

function confirmationRequest(
  { accountId, destinationId, confirmationUrl }: Destination,
  token: string,
  { apiUrl, region }: ConfirmationsDeps,
): OutgoingRequest {
  const arn = destinationArn({ accountId, region }, destinationId)
  const url = new URL(confirmationUrl)
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  url.searchParams.set('confirmationToken', token)
  const enableUrl = `${apiUrl()}/confirmdestination/${token}`
  const body = { arn, confirmationToken: token, enableUrl, messageType: 'DestinationConfirmation' }
  return {
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/json',
      'x-amz-rules-engine-message-type': 'DestinationConfirmation',
      'x-amz-rules-engine-destination-arn': arn,
    },
    body: Buffer.from(JSON.stringify(body)),
  }
}

/**
 * What the web service does with its token, over the API or with a mere GET: knowing the token is the proof.
 * A token works once.
 * @throws {AwsError} `InvalidRequestException` for a token that was not given out, was used, or is too old
 */
export async function confirmDestination(
  { store, now }: { store: Store; now: () => Date },
  token: string,
): Promise<void> {
  await store.transact(async (db) => {
    const destination = await findDestinationByToken(db, hashToken(token))
    if (!destination || !isConfirmable(destination, now()))
      throw iotError('InvalidRequestException', 'the confirmation token is not valid, or no longer')
    const { statusReason: _, ...confirmed } = destination
    await saveDestination(db, { ...confirmed, status: 'ENABLED', lastUpdatedAt: now() }, null)
  })
}
