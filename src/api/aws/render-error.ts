/**
 * The only place where an error becomes a wire form. Status and members come from the model's error shape; codes
 * that every service may answer stand in one table.
 * Source: AWS General Reference, "Common error types".
 */
import { AwsError } from './errors.ts'
import type { Protocol, ServiceModel, ServiceName, StructureShape } from './model.ts'
import { writeJson } from './protocols/json-values.ts'
import { encodeCbor } from '../../lib/cbor.ts'
import { cborHeaders } from './protocols/cbor-values.ts'
import { writeXmlError } from './protocols/query-xml.ts'
import { MalformedRequestError, type WireResponse } from './wire.ts'

/** `query`: the name that the query protocol (iam, sts) gives to the same refusal; its status where it differs. */
interface CommonError {
  status: number
  query: string
  queryStatus?: number
}

const commonErrors = new Map<string, CommonError>(
  Object.entries({
    AccessDeniedException: { status: 403, query: 'AccessDenied' },
    ExpiredTokenException: { status: 403, query: 'ExpiredToken' },
    IncompleteSignatureException: { status: 403, query: 'IncompleteSignature' },
    InternalFailureException: { status: 500, query: 'InternalFailure' },
    InvalidSignatureException: { status: 403, query: 'SignatureDoesNotMatch' },
    MissingAuthenticationTokenException: { status: 403, query: 'MissingAuthenticationToken' },
    NotImplementedException: { status: 501, query: 'NotImplemented' },
    RequestEntityTooLargeException: { status: 413, query: 'RequestEntityTooLarge' },
    ResourceNotFoundException: { status: 404, query: 'NoSuchEntity' },
    SerializationException: { status: 400, query: 'MalformedInput' },
    ThrottlingException: { status: 400, query: 'Throttling' },
    UnknownOperationException: { status: 404, query: 'InvalidAction', queryStatus: 400 },
    UnrecognizedClientException: { status: 403, query: 'InvalidClientTokenId' },
    ValidationException: { status: 400, query: 'ValidationError' },
  }),
)

const byQueryName = new Map([...commonErrors.values()].map((error) => [error.query, error]))

/** Who answers: without a model when the request names no service. */
export interface ErrorFrame {
  protocol: Protocol
  model?: ServiceModel | undefined
  requestId: string
  /** In XML: without an envelope, as S3 writes errors. */
  isBare?: boolean
}

/** @returns the refusal that a thrown value stands for, or `undefined` when it is a fault of ours */
export function toRefusal(error: unknown): AwsError | undefined {
  if (error instanceof AwsError) return error
  if (error instanceof MalformedRequestError) return new AwsError('SerializationException', error.message)
  return undefined
}

/** Anything but an `AwsError` becomes an internal failure without its text. */
export function renderError(
  thrown: unknown,
  { protocol, model, requestId, isBare = false }: ErrorFrame,
): WireResponse {
  const error = nameDenial(
    toRefusal(thrown) ?? new AwsError('InternalFailureException', 'The server failed to answer'),
    model,
  )
  const shape = model?.errors.get(error.code)
  const code = codeOnWire(error.code, shape, model?.isQueryCompatible ? 'query' : protocol)
  const status = statusOf(error.code, shape, protocol)
  if (protocol === 'query') {
    const frame = { namespace: model?.xmlNamespace ?? '', requestId, isBare }
    const body = writeXmlError({ code, message: error.message, isSender: status < 500 }, frame)
    return { status, headers: { 'content-type': 'text/xml' }, body }
  }
  const members = errorMembers(error, shape, status)
  if (protocol === 'json' || protocol === 'cbor') {
    const compatible = model?.isQueryCompatible ? queryError(code, status) : {}
    const body = { __type: model?.isQueryCompatible ? (shape?.name ?? error.code) : code, ...members }
    if (protocol === 'cbor')
      return { status, headers: { ...cborHeaders, ...compatible }, body: encodeCbor(body) }
    const headers = { 'content-type': `application/x-amz-json-${model?.jsonVersion ?? '1.1'}`, ...compatible }
    return { status, headers, body: JSON.stringify(body) }
  }
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': code }
  return { status, headers, body: JSON.stringify(members) }
}

/** By which clients that once spoke the query protocol know errors. Smithy 2.0: "awsQueryCompatible trait". */
const queryError = (code: string, status: number) => ({
  'x-amzn-query-error': `${code};${status < 500 ? 'Sender' : 'Receiver'}`,
})

/** What a service calls a denial, where it has a name of its own for it. */
const denials: Partial<Record<ServiceName, string>> = { 'iot-data': 'ForbiddenException' }

function nameDenial(error: AwsError, model: ServiceModel | undefined): AwsError {
  const code = error.code === 'AccessDeniedException' ? model && denials[model.service] : undefined
  return code === undefined ? error : new AwsError(code, error.message)
}

function codeOnWire(code: string, shape: StructureShape | undefined, protocol: Protocol): string {
  if (shape?.error) return shape.error.code
  return protocol === 'query' ? (commonErrors.get(code)?.query ?? code) : code
}

function statusOf(code: string, shape: StructureShape | undefined, protocol: Protocol): number {
  const common = commonErrors.get(code) ?? byQueryName.get(code)
  const commonStatus = (protocol === 'query' ? common?.queryStatus : undefined) ?? common?.status
  const status = shape?.error?.httpStatusCode ?? commonStatus ?? 400
  // JSON 1.1 services answer 400 to whatever the caller did wrong.
  return protocol === 'json' && status < 500 && status !== 413 ? 400 : status
}

/** The text goes where the error's shape has it: Lambda writes `Message`, the others `message`. */
function errorMembers(error: AwsError, shape: StructureShape | undefined, status: number): object {
  const textName = shape?.members.has('Message') ? 'Message' : 'message'
  const type = shape?.members.has('Type') ? { Type: status < 500 ? 'User' : 'Service' } : {}
  const further = shape ? (writeJson(shape, error.members) as object) : {}
  return { ...type, ...further, [textName]: error.message }
}
