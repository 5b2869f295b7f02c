/**
 * Runs inside an execution environment: loads the function's handler and works off events through the Lambda Runtime
 * API. Handlers may call back, return a promise, or end with context.succeed, fail, or done, whatever version of Node.js
 * the function was written for. Source: Lambda Developer Guide, "Define Lambda function handler in Node.js".
 */
import { writeSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { format } from 'node:util'
import { loadHandler } from './node-handler.mjs'
import './node-sdk.mjs'

const environment = process.env
const [runtimeHost, ...runtimePath] = environment.AWS_LAMBDA_RUNTIME_API.split('/')
const [hostname, port] = runtimeHost.split(':')
const api = `${runtimePath.map((step) => `/${step}`).join('')}/2018-06-01/runtime`
const agent = new Agent({ keepAlive: true, maxSockets: 1 })

/** Messages to the log that may have several lines go here, as JSON, one a line. */
const logDescriptor = 3
let currentRequestId

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body ?? '') }
    const sent = request({ hostname, port, agent, method, path: `${api}${path}`, headers }, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function log(level, ...parts) {
  const message = `${new Date().toISOString()}\t${currentRequestId ?? 'undefined'}\t${level}\t${format(...parts)}`
  const line = Buffer.from(`${JSON.stringify(message)}\n`)
  for (let sent = 0; sent < line.length;) sent += writeSync(logDescriptor, line, sent)
}

for (const [name, level] of [
  ['log', 'INFO'],
  ['info', 'INFO'],
  ['debug', 'DEBUG'],
  ['warn', 'WARN'],
  ['error', 'ERROR'],
  ['trace', 'TRACE'],
])
  console[name] = (...parts) => log(level, ...parts)

/** What a caller sees of an error: its class, its text, its stack. */
function describe(error) {
  if (error instanceof Error || Object.prototype.toString.call(error) === '[object Error]') {
    const { name, message, stack } = error
    return { errorType: String(name), errorMessage: String(message), trace: String(stack ?? '').split('\n') }
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] }
}

async function postError(requestId, error, title) {
  const description = describe(error)
  log(
    'ERROR',
    `${title} \t${JSON.stringify({ ...error, ...description, trace: undefined, stack: description.trace })}`,
  )
  await call('POST', `/invocation/${requestId}/error`, JSON.stringify(description))
}

/** An error that nobody caught ends the environment: what else it broke is unknown. */
async function endWith(error, title, status) {
  const requestId = currentRequestId
  if (requestId !== undefined) await postError(requestId, error, title).catch(() => undefined)
  else await call('POST', '/init/error', JSON.stringify(describe(error))).catch(() => undefined)
  process.exit(status)
}

process.on('uncaughtException', (error) => void endWith(error, 'Uncaught Exception', 129))
process.on('unhandledRejection', (reason) => {
  const error = new Error(reason instanceof Error ? `${reason.name}: ${reason.message}` : format(reason))
  error.name = 'Runtime.UnhandledPromiseRejection'
  if (reason instanceof Error) error.stack = reason.stack
  void endWith(error, 'Unhandled Promise Rejection', 128)
})

/** Called once, when nothing is left to do in the event loop. */
let whenIdle
process.on('beforeExit', () => {
  const run = whenIdle
  whenIdle = undefined
  run?.()
})

function toContext({ headers }, finish) {
  const deadline = Number(headers['lambda-runtime-deadline-ms'])
  const clientContext = headers['lambda-runtime-client-context']
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    clientContext:
      clientContext === undefined ? undefined : JSON.parse(Buffer.from(clientContext, 'base64').toString()),
    identity: undefined,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    succeed: (result) => finish(undefined, result),
    fail: (error) => finish(error ?? 'Unknown error'),
    done: (error, result) => finish(error, result),
  }
}

/** Resolves with what the handler ends with first. */
function run(handler, event, received) {
  return new Promise((resolve) => {
    let isFinished = false
    function end(outcome) {
      if (isFinished) return
      isFinished = true
      whenIdle = undefined
      resolve(outcome)
    }
    const toOutcome = (error, result) => (error == null ? { result } : { error })
    const context = toContext(received, (error, result) => end(toOutcome(error, result)))
    let hasPromise = false
    whenIdle = () => end(hasPromise ? { error: unsettled() } : {})
    try {
      const returned = handler(event, context, (error, result) => {
        if (isFinished) return
        if (context.callbackWaitsForEmptyEventLoop && error == null) whenIdle = () => end({ result })
        else end(toOutcome(error, result))
      })
      hasPromise = typeof returned?.then === 'function'
      if (hasPromise)
        returned.then(
          (result) => end({ result }),
          (error) => end({ error }),
        )
    } catch (error) {
      end({ error })
    }
  })
}

function unsettled() {
  const error = new Error('The event loop is empty, and the promise that the handler returned is not settled')
  error.name = 'Runtime.NodejsExit'
  return error
}

function toBody(result) {
  try {
    return { body: JSON.stringify(result === undefined ? null : result) ?? 'null' }
  } catch (cause) {
    const error = new Error(`Unable to stringify response body: ${cause.message}`)
    error.name = 'Runtime.MarshalError'
    return { error }
  }
}

async function workOff(handler) {
  const received = await call('GET', '/invocation/next')
  currentRequestId = received.headers['lambda-runtime-aws-request-id']
  environment._X_AMZN_TRACE_ID = received.headers['lambda-runtime-trace-id']
  const outcome = await run(handler, JSON.parse(received.body.toString()), received)
  const answer = 'error' in outcome ? outcome : toBody(outcome.result)
  if ('error' in answer) await postError(currentRequestId, answer.error, 'Invoke Error')
  else await call('POST', `/invocation/${currentRequestId}/response`, answer.body)
}

async function main() {
  let handler
  try {
    handler = await loadHandler(environment.LAMBDA_TASK_ROOT, environment._HANDLER)
  } catch (error) {
    log(
      'ERROR',
      `Uncaught Exception \t${JSON.stringify({ ...describe(error), trace: undefined, stack: describe(error).trace })}`,
    )
    await call('POST', '/init/error', JSON.stringify(describe(error)))
    process.exit(1)
  }
  for (;;) await workOff(handler)
}

void main().catch(() => process.exit(1)) // the server is gone
