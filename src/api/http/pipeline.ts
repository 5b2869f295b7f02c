/** What happens to a signed API call, from its bytes to the answer. */
import type { Caller } from '../aws/caller.ts'
import { AwsError } from '../aws/errors.ts'
import { getModel, type Operation, type Protocol, type ServiceModel, type ServiceName } from '../aws/model.ts'
import { parseInput } from '../aws/parse.ts'
import { readDocument, writeDocument } from '../aws/document.ts'
import { parseForm } from '../aws/protocols/query-form.ts'
import { renderError } from '../aws/render-error.ts'
import { findOperation } from '../aws/router.ts'
import { spokenBy } from '../aws/spoken-by.ts'
import { writeOutput } from '../aws/serialize.ts'
import { isSigned } from '../aws/sigv4/credential.ts'
import { verifySignature, type FindCredential } from '../aws/sigv4/verify.ts'
import { checkInput } from '../aws/validate.ts'
import type { WireRequest, WireResponse } from '../aws/wire.ts'
import type { Log } from '../../lib/log.ts'
import { untraced, type Trace } from '../../lib/trace.ts'
import { recorded, withServerUrl, type CallOrigin, type ContextDeps, type OpenCall } from './call-context.ts'
import { answerFailure } from './failures.ts'
import { tracedCall, tracedOperation } from './traced-call.ts'
import { getOwnRoute, ownPrefix, resourcesOf, toSearchParams, type OwnRoute } from './own-routes.ts'
import {
  findScopeFault,
  findService,
  isServiceHere,
  type OfferedService,
  type OfferedServices,
} from './services.ts'

export interface PipelineDeps extends ContextDeps {
  findCredential: FindCredential
  services: OfferedServices
  /** Those that the account has. */
  routesOf: (accountId: string) => readonly OwnRoute[]
  /** Whose session an unsigned request to a route of Muster's own belongs to; absent: there are no sessions. */
  findSessionCaller?: (request: WireRequest, origin: CallOrigin) => Promise<SessionCaller | undefined>
  /** Told of each call once it is answered. */
  measure?: (call: MeasuredCall) => void
  /** Absent: nobody is told what calls do. */
  trace?: Trace
  log: Log
  now: () => Date
}

/** Who is signed in, and the access key that opened the session, if one did. */
export interface SessionCaller {
  caller: Caller
  sessionKeyId?: string | undefined
}

/** Names of the models; empty for what was refused before they were known. */
interface CallName {
  /** `muster` for a route of Muster's own. */
  service: string
  operation: string
  /** Of the caller. */
  accountId?: string
}

interface MeasuredCall extends CallName {
  /** Of HTTP. */
  status: number
  seconds: number
}

/** Never throws: every failure has its wire form. */
export async function answerRequest(
  deps: PipelineDeps,
  request: WireRequest,
  origin: CallOrigin,
): Promise<WireResponse> {
  const startedAt = performance.now()
  const name: CallName = { service: '', operation: '' }
  const answer = () =>
    answerSigned(deps, { request, origin, name }).catch((error: unknown) =>
      answerFailure(deps.log, { error, request, requestId: origin.requestId }),
    )
  const { trace = untraced } = deps
  const response = await tracedCall(trace, { request, origin, name }, answer)
  deps.measure?.({ ...name, status: response.status, seconds: (performance.now() - startedAt) / 1000 })
  return response
}

interface NamedRequest {
  request: WireRequest
  origin: CallOrigin
  /** Filled in once it is known. */
  name: CallName
}

async function answerSigned(
  deps: PipelineDeps,
  { request, origin, name }: NamedRequest,
): Promise<WireResponse> {
  const visitor = await findVisitor(deps, request, origin)
  if (visitor)
    return recorded(deps, { ...visitor, origin, name }, (call) =>
      answerOwnRoute(deps, { request, name, call }),
    )
  const { caller, accessKeyId, service } = await verifySignature(request, {
    now: deps.now(),
    findCredential: deps.findCredential,
    findScopeFault: (scope) => findScopeFault(deps.region, scope),
  })
  if (!isServiceHere(service))
    throw new AwsError('NotImplementedException', `Muster does not have the AWS service ${service}`)
  const known = { caller, accessKeyId, origin: withServerUrl(request, origin), name }
  const found = findService(service)
  if (found === undefined)
    return recorded(deps, known, (call) => answerOwnRoute(deps, { request, name, call }))
  name.service = found
  return recorded(deps, known, (call) =>
    answerOperation(spokenBy(getModel(found), request), deps.services[found], { request, name, call }),
  )
}

/** Who comes to a route of Muster's own with a session instead of a signature. */
async function findVisitor(
  { findSessionCaller }: PipelineDeps,
  request: WireRequest,
  origin: CallOrigin,
): Promise<SessionCaller | undefined> {
  if (!findSessionCaller || !request.path.startsWith(ownPrefix) || isSigned(request)) return undefined
  return findSessionCaller(request, origin)
}

/** What only the wire form of an operation differs in: authorized, then carried out. Resolves with the output. */
export async function callOperation(
  deps: PipelineDeps,
  { service, operation, body, session, origin }: OperationCall,
): Promise<unknown> {
  const model = getModel(service)
  const startedAt = performance.now()
  const { accountId } = session.caller
  const measure = (status: number) =>
    deps.measure?.({ service, operation, accountId, status, seconds: (performance.now() - startedAt) / 1000 })
  const found = model.operations.get(operation)
  if (!found) throw new AwsError('UnknownOperationException', `${service} has no operation ${operation}`)
  const known = { ...session, origin, name: { service, operation } }
  const work = () =>
    recorded(deps, known, (call) =>
      carryOut(model, deps.services[service], { operation: found, input: readDocument(found, body), call }),
    )
  const statusOf = (error: unknown) =>
    renderError(error, { protocol: model.protocol, model, requestId: origin.requestId }).status
  const { trace = untraced } = deps
  const done = await tracedOperation(trace, { ...known, statusOf }, work)
  measure(done.status)
  if ('error' in done) throw done.error
  return found.output ? writeDocument(found, done.output) : {}
}

export interface OperationCall {
  service: ServiceName
  operation: string
  /** A JSON document of all the members of the input. */
  body: Uint8Array
  session: SessionCaller
  origin: CallOrigin
}

/** The steps of an AWS operation. Authorization needs the input, and no handler runs without it. */
async function answerOperation(
  model: ServiceModel,
  service: OfferedService | undefined,
  { request, name, call }: ContextualRequest,
): Promise<WireResponse> {
  const parameters = model.protocol === 'query' ? parseForm(request) : noParameters
  const match = findOperation(model, request, parameters)
  if (!match) throw unknownOperation(model, request, parameters)
  const { operation } = match
  name.operation = operation.name
  const input = parseInput(model.protocol, { request, match, parameters })
  const output = await carryOut(model, service, { operation, input, call })
  return writeOutput(model, operation, { output, requestId: call.entry.requestId })
}

interface ContextualRequest extends Omit<NamedRequest, 'origin'> {
  call: OpenCall
}

interface Work {
  operation: Operation
  input: Record<string, unknown>
  call: OpenCall
}

/** Validate, authorize, handle: whoever asks, and however. */
async function carryOut(
  model: ServiceModel,
  service: OfferedService | undefined,
  { operation, input, call: { context, entry } }: Work,
): Promise<unknown> {
  entry.shape = operation.input
  entry.input = input
  const offer = getOffer(model, service, operation)
  checkInput(model.service, operation.input, input)
  const permission = offer.permission(input as never, context)
  const action = permission.action ?? `${model.actionPrefix}:${operation.name}`
  for (const resource of permission.resources)
    await context.authorize(action, resource, permission.conditions)
  return offer.handler(input as never, context)
}

const noParameters: ReadonlyMap<string, string> = new Map()

function getOffer(model: ServiceModel, service: OfferedService | undefined, { name }: Operation) {
  const handler = service?.operations[name]
  const permission = service?.permissions[name]
  if (handler && permission) return { handler, permission }
  throw new AwsError('NotImplementedException', `Muster does not offer ${model.service} ${name}`)
}

function unknownOperation(
  model: ServiceModel,
  { method, path, headers }: WireRequest,
  parameters: ReadonlyMap<string, string>,
): AwsError {
  const named: Record<Protocol, string> = {
    'rest-json': `${method} ${path}`,
    json: `X-Amz-Target ${headers['x-amz-target'] ?? '(absent)'}`,
    query: `Action ${parameters.get('Action') ?? '(absent)'}`,
    cbor: path,
  }
  return new AwsError(
    'UnknownOperationException',
    `${model.service} has no operation for ${named[model.protocol]}`,
  )
}

async function answerOwnRoute(
  { routesOf }: Pick<PipelineDeps, 'routesOf'>,
  { request, name, call: { context, entry } }: ContextualRequest,
): Promise<WireResponse> {
  name.service = 'muster'
  const route = getOwnRoute(routesOf(context.accountId), request)
  name.operation = route.action.slice(route.action.indexOf(':') + 1)
  entry.input = Object.fromEntries(toSearchParams(request))
  if (request.method === 'GET') entry.isReadOnly = true
  for (const resource of resourcesOf(route, request)) await context.authorize(route.action, resource)
  const body = JSON.stringify(await route.handle(toSearchParams(request), context, request.body))
  return { status: 200, headers: { 'content-type': 'application/json' }, body }
}
