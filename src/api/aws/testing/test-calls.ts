/** Requests as clients make them, up to the input of their operations. */
import { getModel, type ServiceName } from '../model.ts'
import { parseInput } from '../parse.ts'
import { parseForm } from '../protocols/query-form.ts'
import { findOperation } from '../router.ts'
import { checkInput } from '../validate.ts'
import { parseTarget, type WireRequest } from '../wire.ts'

export interface Call {
  service: ServiceName
  method?: string
  target: string
  headers?: Record<string, string>
  body?: string | Uint8Array
}

/** As the handler of its operation gets it. @throws {MalformedRequestError | AwsError} */
export function read({ service, method = 'GET', target, headers = {}, body = '' }: Call) {
  const model = getModel(service)
  const request: WireRequest = { method, ...parseTarget(target), headers, body: Buffer.from(body) }
  const parameters = model.protocol === 'query' ? parseForm(request) : new Map<string, string>()
  const match = findOperation(model, request, parameters)
  if (!match) throw new Error(`${service} has no operation for ${method} ${target}`)
  const input = parseInput(model.protocol, { request, match, parameters })
  checkInput(service, match.operation.input, input)
  return input
}

export const createThing = (body: string | Uint8Array): Call => ({
  service: 'iot',
  method: 'POST',
  target: '/things/t',
  body,
})
export const iam = (body: string): Call => ({ service: 'iam', method: 'POST', target: '/', body })
export const publish = (headers: Record<string, string>): Call => ({
  service: 'iot-data',
  method: 'POST',
  target: '/topics/a',
  headers,
})
