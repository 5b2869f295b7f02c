/** The spans of API calls. Names of attributes: OpenTelemetry, "Semantic conventions" (rpc, http, aws). */
import type { Caller } from '../aws/caller.ts'
import type { WireRequest, WireResponse } from '../aws/wire.ts'
import type { Trace, TraceAttributes } from '../../lib/trace.ts'
import type { CallOrigin } from './call-context.ts'

/** Filled in while the call is answered. */
interface TracedName {
  service: string
  operation: string
  accountId?: string
}

interface Call {
  request: WireRequest
  origin: CallOrigin
  name: TracedName
}

const originOf = ({ requestId, sourceIp }: CallOrigin): TraceAttributes => ({
  'aws.request_id': requestId,
  'client.address': sourceIp,
})

const outcomeOf = ({ service, operation, accountId }: TracedName, status: number): TraceAttributes => ({
  'rpc.system': 'aws-api',
  'rpc.service': service,
  'rpc.method': operation,
  'http.response.status_code': status,
  'cloud.account.id': accountId,
})

/** Of a request that came by HTTP. Its caller may say which trace it belongs to. */
export const tracedCall = (
  trace: Trace,
  { request, origin, name }: Call,
  answer: () => Promise<WireResponse>,
): Promise<WireResponse> =>
  trace(
    {
      name: 'api call',
      kind: 'server',
      traceparent: request.headers['traceparent'],
      attributes: { ...originOf(origin), 'http.request.method': request.method },
    },
    async (tell) => {
      const response = await answer()
      tell(outcomeOf(name, response.status), response.status >= 500)
      return response
    },
  )

interface Operation {
  caller: Caller
  origin: CallOrigin
  name: TracedName
  statusOf: (error: unknown) => number
}

/** Of HTTP; an error is thrown on by whoever asked. */
type Done = { status: number; output: unknown } | { status: number; error: unknown }

/** Of a call of the console's. A refusal is the caller's fault, and no failure. */
export function tracedOperation(
  trace: Trace,
  { caller, origin, name, statusOf }: Operation,
  work: () => Promise<unknown>,
): Promise<Done> {
  return trace({ name: 'api call', kind: 'server', attributes: originOf(origin) }, async (tell) => {
    const done = await work().then(
      (output): Done => ({ status: 200, output }),
      (error: unknown): Done => ({ status: statusOf(error), error }),
    )
    tell(outcomeOf({ ...name, accountId: caller.accountId }, done.status), done.status >= 500)
    return done
  })
}
