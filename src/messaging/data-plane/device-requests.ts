/**
 * HTTPS requests of devices: the iot-data operations, asked for with a client certificate instead of a signature.
 * Source: AWS IoT Developer Guide, "HTTPS".
 */
import { randomUUID } from 'node:crypto'
import { AwsError } from '../../api/aws/errors.ts'
import { getModel, type Operation } from '../../api/aws/model.ts'
import type { RequiredPermission } from '../../api/aws/operations.ts'
import { parseInput } from '../../api/aws/parse.ts'
import { renderError, toRefusal } from '../../api/aws/render-error.ts'
import { findOperation, type Match } from '../../api/aws/router.ts'
import { writeOutput } from '../../api/aws/serialize.ts'
import { checkInput } from '../../api/aws/validate.ts'
import { parseTarget, type WireRequest, type WireResponse } from '../../api/aws/wire.ts'
import { dataPlaneError } from './data-plane-error.ts'
import {
  getRetainedMessage,
  listRetainedMessages,
  publish,
  type DataRequestsDeps,
  type Requester,
} from './data-requests.ts'
import { dataPlanePermissions } from './permissions.ts'

/** A device that was let in. */
export interface DeviceRequester extends Omit<Requester, 'authorize'> {
  isAllowed: (action: string, resource: string, conditions?: Record<string, string>) => boolean
}

/** One request, as it came over HTTP. */
export interface DeviceRequest {
  method: string
  /** Path and query, still percent-encoded. */
  target: string
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>
  body: Uint8Array
}

export interface DeviceAnswer extends WireResponse {
  /** Of iot-data; absent where it could not be told. */
  operation?: string | undefined
  /** Why the request was refused. */
  refusal?: { code: string; message: string }
}

interface Offer {
  handle: (input: object, requester: Requester) => Promise<unknown>
  permit: (input: object, scope: Requester) => RequiredPermission
}

/** What devices may ask for, by the names of iot-data operations. */
export type DeviceOffers = ReadonlyMap<string, Offer>

type Handle = (deps: DataRequestsDeps, input: object, requester: Requester) => Promise<unknown>

const handles = {
  Publish: publish,
  GetRetainedMessage: getRetainedMessage,
  ListRetainedMessages: listRetainedMessages,
}

/** What the data plane itself offers to devices. */
function offerDataRequests(deps: DataRequestsDeps): DeviceOffers {
  return new Map(
    Object.entries(handles).map(([name, handle]) => [
      name,
      {
        handle: (input, requester) => (handle as Handle)(deps, input, requester),
        permit: dataPlanePermissions[name as keyof typeof handles] as Offer['permit'],
      } satisfies Offer,
    ]),
  )
}

/** Methods of which some operation makes use. */
const methods = ['GET', 'POST', 'PUT', 'DELETE']

const noParameters: ReadonlyMap<string, string> = new Map()

/** Like `answerDeviceOperation`, for what the data plane itself offers. */
export function answerDeviceRequest(
  deps: DataRequestsDeps,
  request: DeviceRequest,
  device: DeviceRequester,
): Promise<DeviceAnswer> {
  let offers = known.get(deps.messages)
  if (!offers) known.set(deps.messages, (offers = offerDataRequests(deps)))
  return answerDeviceOperation(offers, request, device)
}

const known = new WeakMap<DataRequestsDeps['messages'], DeviceOffers>()

/**
 * Answers a refusal as AWS does: its text and a trace id.
 * @throws what is nobody's mistake but ours
 */
export async function answerDeviceOperation(
  offers: DeviceOffers,
  { target, ...request }: DeviceRequest,
  device: DeviceRequester,
): Promise<DeviceAnswer> {
  const wire = { ...request, ...parseTarget(target) }
  let operation: string | undefined
  try {
    const match = getMatch(wire)
    operation = match.operation.name
    const answer = await carryOut(offers, { request: wire, match }, toRequester(device))
    return { ...(answer.body === '' ? withBody(answer, { message: 'OK' }) : answer), operation }
  } catch (error) {
    const refusal = toRefusal(error)
    if (!refusal) throw error
    return { ...refuseDeviceRequest(refusal), operation }
  }
}

/** The answer to what is refused before it is read. */
export function refuseDeviceRequest({ code, message }: { code: string; message: string }): DeviceAnswer {
  const frame = { protocol: 'rest-json', model: getModel('iot-data'), requestId: '' } as const
  const answer = renderError(new AwsError(code, message), frame)
  return { ...withBody(answer, { message }), refusal: { code, message } }
}

async function carryOut(
  offers: DeviceOffers,
  { request, match }: { request: WireRequest; match: Match },
  requester: Requester,
): Promise<WireResponse> {
  const model = getModel('iot-data')
  const { handle, permit } = getOffer(offers, match.operation, request)
  const input = parseInput(model.protocol, { request, match, parameters: noParameters })
  checkInput(model.service, match.operation.input, input)
  const { action = `iot:${match.operation.name}`, resources, conditions } = permit(input, requester)
  for (const resource of resources) await requester.authorize(action, resource, conditions)
  const output = await handle(input, requester)
  return writeOutput(model, match.operation, { output, requestId: '' })
}

/** @throws {AwsError} `MethodNotAllowedException` when the path is there for another method */
function getMatch(request: WireRequest): Match {
  const find = (method: string) => findOperation(getModel('iot-data'), { ...request, method }, noParameters)
  const match = find(request.method)
  if (match) return match
  if (!methods.some(find)) throw unknown(request)
  throw dataPlaneError('MethodNotAllowedException', `${request.method} is not offered for ${request.path}`)
}

function getOffer(offers: DeviceOffers, { name }: Operation, request: WireRequest): Offer {
  const offer = offers.get(name)
  if (!offer) throw unknown(request)
  return offer
}

const unknown = ({ path }: WireRequest) =>
  new AwsError('UnknownOperationException', `there is nothing at ${path.slice(0, 300)}`)

function toRequester({ isAllowed, ...device }: DeviceRequester): Requester {
  return {
    ...device,
    authorize(action, resource, conditions) {
      if (!isAllowed(action, resource, conditions)) throw dataPlaneError('ForbiddenException', 'Forbidden')
    },
  }
}

function withBody({ status, headers }: WireResponse, members: { message: string }): WireResponse {
  return { status, headers, body: JSON.stringify({ ...members, traceId: randomUUID() }) }
}
