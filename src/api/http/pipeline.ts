/** What happens to a signed API call, from its bytes to the answer. */
import type { Caller } from '../aws/caller.ts'
import { AwsError } from '../aws/errors.ts'
import { getModel, type Operation, type Protocol, type ServiceModel, type ServiceName } from '../aws/model.ts'
import type { CallContext } from '../aws/operations.ts'
import { parseInput } from '../aws/parse.ts'
import { readDocument, writeDocument } from '../aws/document.ts'
import { parseForm } from '../aws/protocols/query-form.ts'
import { renderError } from '../aws/render-error.ts'
import { findOperation } from '../aws/router.ts'
import { writeOutput } from '../aws/serialize.ts'
import { isSigned } from '../aws/sigv4/credential.ts'
import { verifySignature, type FindCredential } from '../aws/sigv4/verify.ts'
import { checkInput } from '../aws/validate.ts'
import type { WireRequest, WireResponse } from '../aws/wire.ts'
import type { Log } from '../../lib/log.ts'
import { RecentMap } from '../../lib/recent-map.ts'
import { answerFailure } from './failures.ts'
import { getOwnRoute, ownPrefix, resourcesOf, toSearchParams, type OwnRoute } from './own-routes.ts'
import {
  findScopeFault,
  findService,
  isServiceHere,
  type OfferedService,
  type OfferedServices,
} from './services.ts'

/** What a caller wants to do, for IAM to decide. */
interface AccessRequest {
  action: string
  /** ARN or `*`. */
  resource: string
  /** Condition keys of the request, e.g. `aws:SourceIp`. */
  conditions: Record<string, string>
}

export interface PipelineDeps {
  region: string
  findCredential: FindCredential
  /** @throws {AwsError} `AccessDeniedException` that names caller, action, and resource */
  authorizeCall: (caller: Caller, request: AccessRequest) => Promise<void>
  services: OfferedServices
  routes: readonly OwnRoute[]
  /** Whose session an unsigned request to a route of Muster's own belongs to; absent: there are no sessions. */
  findSessionCaller?: (request: WireRequest, origin: CallOrigin) => Promise<Caller | undefined>
  /** Told of each call once it is answered. */
  measure?: (call: MeasuredCall) => void
  log: Log
  now: () => Date
}

/** Names of the models; empty for what was refused before they were known. */
interface CallName {
  /** `muster` for a route of Muster's own. */
  service: string
  operation: string
}

interface MeasuredCall extends CallName {
  /** Of HTTP. */
  status: number
  seconds: number
}

/** What the listener knows of a request beside its bytes. */
export interface CallOrigin {
  requestId: string
  sourceIp: string
  /** By which the caller reached the server, e.g. `http://127.0.0.1:9080`. */
  serverUrl?: string
  /** Whether it came over TLS. */
  isSecure: boolean
}

/** Never throws: every failure has its wire form. */
export async function answerRequest(
  deps: PipelineDeps,
  request: WireRequest,
  origin: CallOrigin,
): Promise<WireResponse> {
  const startedAt = performance.now()
  const name: CallName = { service: '', operation: '' }
  const response = await answerSigned(deps, { request, origin, name }).catch((error: unknown) =>
    answerFailure(deps.log, { error, request, requestId: origin.requestId }),
  )
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
    return answerOwnRoute(deps.routes, { request, name, context: toContext(deps, visitor, origin) })
  const { caller, accessKeyId, service } = await verifySignature(request, {
    now: deps.now(),
    findCredential: deps.findCredential,
    findScopeFault: (scope) => findScopeFault(deps.region, scope),
  })
  if (!isServiceHere(service))
    throw new AwsError('NotImplementedException', `Muster does not have the AWS service ${service}`)
  const context = { ...toContext(deps, caller, withServerUrl(request, origin)), accessKeyId }
  const found = findService(service)
  if (found === undefined) return answerOwnRoute(deps.routes, { request, name, context })
  name.service = found
  return answerOperation(getModel(found), deps.services[found], { request, name, context })
}

/** Who comes to a route of Muster's own with a session instead of a signature. */
async function findVisitor(
  { findSessionCaller }: PipelineDeps,
  request: WireRequest,
  origin: CallOrigin,
): Promise<Caller | undefined> {
  if (!findSessionCaller || !request.path.startsWith(ownPrefix) || isSigned(request)) return undefined
  return findSessionCaller(request, origin)
}

/** What only the wire form of an operation differs in: authorized, then carried out. Resolves with the output. */
export async function callOperation(
  deps: PipelineDeps,
  { service: name, operation, body, context }: OperationCall,
): Promise<unknown> {
  const model = getModel(name)
  const startedAt = performance.now()
  const measure = (status: number) =>
    deps.measure?.({ service: name, operation, status, seconds: (performance.now() - startedAt) / 1000 })
  const found = model.operations.get(operation)
  if (!found) throw new AwsError('UnknownOperationException', `${name} has no operation ${operation}`)
  const input = readDocument(found, body)
  const output = await carryOut(model, deps.services[name], { operation: found, input, context }).catch(
    (error: unknown) => {
      const { requestId } = context
      measure(renderError(error, { protocol: model.protocol, model, requestId }).status)
      throw error
    },
  )
  measure(200)
  return found.output ? writeDocument(found, output) : {}
}

export interface OperationCall {
  service: ServiceName
  operation: string
  /** A JSON document of all the members of the input. */
  body: Uint8Array
  context: CallContext
}

/** The steps of an AWS operation. Authorization needs the input, and no handler runs without it. */
async function answerOperation(
  model: ServiceModel,
  service: OfferedService | undefined,
  { request, name, context }: ContextualRequest,
): Promise<WireResponse> {
  const parameters = model.protocol === 'query' ? parseForm(request) : noParameters
  const match = findOperation(model, request, parameters)
  if (!match) throw unknownOperation(model, request, parameters)
  const { operation } = match
  name.operation = operation.name
  const input = parseInput(model.protocol, { request, match, parameters })
  const output = await carryOut(model, service, { operation, input, context })
  return writeOutput(model, operation, { output, requestId: context.requestId })
}

interface ContextualRequest extends Omit<NamedRequest, 'origin'> {
  context: CallContext
}

interface Work {
  operation: Operation
  input: Record<string, unknown>
  context: CallContext
}

/** Validate, authorize, handle: whoever asks, and however. */
async function carryOut(
  model: ServiceModel,
  service: OfferedService | undefined,
  { operation, input, context }: Work,
): Promise<unknown> {
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
  }
  return new AwsError(
    'UnknownOperationException',
    `${model.service} has no operation for ${named[model.protocol]}`,
  )
}

async function answerOwnRoute(
  routes: readonly OwnRoute[],
  { request, name, context }: ContextualRequest,
): Promise<WireResponse> {
  const route = getOwnRoute(routes, request)
  Object.assign(name, { service: 'muster', operation: route.action.slice(route.action.indexOf(':') + 1) })
  for (const resource of resourcesOf(route, request)) await context.authorize(route.action, resource)
  const body = JSON.stringify(await route.handle(toSearchParams(request), context, request.body))
  return { status: 200, headers: { 'content-type': 'application/json' }, body }
}

/** A proxy that ends TLS says so; who lies about it is told a wrong address, and nobody else. */
export function withServerUrl({ headers }: WireRequest, origin: CallOrigin): CallOrigin {
  const scheme = origin.isSecure || headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'
  const serverUrl = originOfUrl(`${scheme}://${headers['host'] ?? ''}`)
  return serverUrl === '' ? origin : { ...origin, serverUrl }
}

/** A server is called by a few names, in each request. */
const knownOrigins = new RecentMap<string>(16)

/** Empty for what is no URL. */
function originOfUrl(text: string): string {
  const known = knownOrigins.get(text)
  if (known !== undefined) return known
  const origin = URL.parse(text)?.origin ?? ''
  knownOrigins.set(text, origin)
  return origin
}

/** What policies can know of any request, by condition key. */
export function requestConditions(
  { sourceIp, isSecure }: Pick<CallOrigin, 'sourceIp' | 'isSecure'>,
  region: string,
): Record<string, string> {
  return {
    'aws:SourceIp': sourceIp,
    'aws:RequestedRegion': region,
    'aws:SecureTransport': String(isSecure),
  }
}

export function toContext(
  deps: PipelineDeps,
  caller: Caller,
  { requestId, sourceIp, isSecure, serverUrl }: CallOrigin,
): CallContext {
  const ofRequest = requestConditions({ sourceIp, isSecure }, deps.region)
  return {
    caller,
    accountId: caller.accountId,
    region: deps.region,
    requestId,
    sourceIp,
    ...(serverUrl !== undefined && { serverUrl }),
    authorize: (action, resource, conditions) =>
      deps.authorizeCall(caller, { action, resource, conditions: { ...ofRequest, ...conditions } }),
  }
}
