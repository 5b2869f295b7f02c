import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestAccount, type TestAccount } from '../testing/test-account.ts'

let account: TestAccount
beforeAll(async () => {
  account = await openTestAccount()
})
afterAll(() => account[Symbol.asyncDispose]())

const matching = (text: string | RegExp): unknown =>
  typeof text === 'string' ? text : expect.stringMatching(text)

let count = 0
const run = async (files: Record<string, string>, event: unknown = {}, more: object = {}) => {
  const name = `function-${++count}`
  await account.create(name, files, more)
  return { name, ...(await account.invoke(name, event, { LogType: 'Tail' })) }
}

describe('a Node.js handler', () => {
  it.each([
    [
      'calls back',
      'exports.handler = (event, context, callback) => setTimeout(callback, 5, null, event.n + 1)',
    ],
    ['returns a promise', 'exports.handler = async (event) => event.n + 1'],
    ['ends with context.succeed', 'exports.handler = (event, context) => context.succeed(event.n + 1)'],
    ['ends with context.done', 'exports.handler = (event, context) => context.done(null, event.n + 1)'],
  ])('%s', async (_style, source) => {
    const { answer, error } = await run({ 'index.js': source }, { n: 41 })
    expect(error).toBeUndefined()
    expect(answer).toBe(42)
  })

  it.each(['nodejs', 'nodejs4.3', 'nodejs12.x', 'nodejs16.x', 'nodejs24.x'])(
    'may call back in %s, which AWS does not run any more or does not let call back',
    async (Runtime) => {
      const source =
        'exports.handler = (event, context, callback) => callback(null, process.env.AWS_EXECUTION_ENV)'
      expect((await run({ 'index.js': source }, {}, { Runtime })).answer).toBe(`AWS_Lambda_${Runtime}`)
    },
  )

  it.each([
    [
      'a CommonJS file',
      { 'index.js': 'exports.handler = async () => require("./lib/a").a', 'lib/a.js': 'exports.a = 1' },
      {},
    ],
    [
      'a module by its ending',
      {
        'index.mjs': 'import { a } from "./a.mjs"\nexport const handler = async () => a',
        'a.mjs': 'export const a = 1',
      },
      {},
    ],
    [
      'a module by its package',
      { 'package.json': '{"type":"module"}', 'index.js': 'export const handler = async () => 1' },
      {},
    ],
    [
      'a module that waits',
      { 'index.mjs': 'const a = await Promise.resolve(1)\nexport const handler = async () => a' },
      {},
    ],
    ['a .cjs file', { 'index.cjs': 'exports.handler = async () => 1' }, {}],
    [
      'a nested folder',
      { 'src/app/main.js': 'exports.run = async () => 1' },
      { Handler: 'src/app/main.run' },
    ],
    [
      'a nested export',
      { 'index.js': 'exports.a = { b: { c: async () => 1 } }' },
      { Handler: 'index.a.b.c' },
    ],
    [
      'files of its own',
      {
        'index.js': 'exports.handler = async () => require("fs").readFileSync("one.txt", "utf8") * 1',
        'one.txt': '1',
      },
      {},
    ],
  ])('is found in %s', async (_place, files, more) => {
    const { answer, error } = await run(files as unknown as Record<string, string>, {}, more)
    expect({ answer, error }).toEqual({ answer: 1, error: undefined })
  })

  it('is answered for with null when it never ends and nothing is left to do', async () => {
    const { answer, error } = await run({ 'index.js': 'exports.handler = () => {}' })
    expect({ answer, error }).toEqual({ answer: null, error: undefined })
  })

  it('is waited for until the event loop is empty, unless it says not to', async () => {
    const source = `let count = 0
      exports.handler = (event, context, callback) => {
        context.callbackWaitsForEmptyEventLoop = event.waits
        const before = count
        setTimeout(() => { count += 1 }, 100)
        callback(null, before)
      }`
    const { name, answer } = await run({ 'index.js': source }, { waits: true })
    expect(answer).toBe(0)
    expect((await account.invoke(name, { waits: false })).answer).toBe(1)
  })

  it('gets the context that AWS gives', async () => {
    const source = `exports.handler = async (event, context) => ({
      ...context, left: context.getRemainingTimeInMillis(), env: process.env.AWS_LAMBDA_LOG_STREAM_NAME })`
    const { answer, name, $metadata } = await run({ 'index.js': source }, {}, { Timeout: 7, MemorySize: 256 })
    expect(answer).toMatchObject({
      functionName: name,
      functionVersion: '$LATEST',
      memoryLimitInMB: '256',
      invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
      logGroupName: `/aws/lambda/${name}`,
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      awsRequestId: $metadata.requestId,
      callbackWaitsForEmptyEventLoop: true,
    })
    const { left, env, logStreamName } = answer as { left: number; env: string; logStreamName: string }
    expect(left).toBeGreaterThan(5000)
    expect(left).toBeLessThanOrEqual(7000)
    expect(env).toBe(logStreamName)
  })

  it('keeps its state from one event to the next', async () => {
    const { name } = await run({ 'index.js': 'let n = 0; exports.handler = async () => ++n' })
    expect((await account.invoke(name)).answer).toBe(2)
    expect((await account.invoke(name)).answer).toBe(3)
  })

  it('logs in the format of AWS', async () => {
    const source =
      'exports.handler = async () => { console.log("a %d", 1, { b: 2 }, "\\nc"); console.error("d"); process.stdout.write("e\\n") }'
    const { logResult, $metadata } = await run({ 'index.js': source })
    const id = $metadata.requestId!
    const lines = logResult
      .replaceAll(id, '<id>')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
      .split('\n')
    expect(lines.filter((line) => line !== 'e')).toEqual([
      'START RequestId: <id> Version: $LATEST',
      '<time>\t<id>\tINFO\ta 1 { b: 2 } ',
      'c',
      '<time>\t<id>\tERROR\td',
      'END RequestId: <id>',
      expect.stringMatching(
        /^REPORT RequestId: <id>\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: [1-9]\d* MB\tInit Duration: \d+\.\d\d ms\t$/,
      ),
      '',
    ])
    expect(lines).toContain('e')
  })
})

describe('a Node.js handler that fails', () => {
  it.each([
    ['throws', 'exports.handler = async () => { throw new TypeError("no") }', 'TypeError', 'no'],
    ['throws at once', 'exports.handler = () => { throw new RangeError("no") }', 'RangeError', 'no'],
    ['calls back with an error', 'exports.handler = (e, c, cb) => cb(new Error("no"))', 'Error', 'no'],
    ['calls back with text', 'exports.handler = (e, c, cb) => cb("no")', 'string', 'no'],
    ['ends with context.fail', 'exports.handler = (e, c) => c.fail(new Error("no"))', 'Error', 'no'],
    ['rejects with undefined', 'exports.handler = () => Promise.reject(undefined)', 'undefined', 'undefined'],
    [
      'throws later',
      'exports.handler = () => new Promise(() => setTimeout(() => { throw new Error("no") }))',
      'Error',
      'no',
    ],
    [
      'leaves a rejection alone',
      'exports.handler = () => new Promise(() => setTimeout(() => { Promise.reject(new Error("no")) }))',
      'Runtime.UnhandledPromiseRejection',
      'Error: no',
    ],
    [
      'answers what is no JSON',
      'exports.handler = async () => 1n',
      'Runtime.MarshalError',
      /^Unable to stringify/,
    ],
    ['never settles', 'exports.handler = () => new Promise(() => {})', 'Runtime.NodejsExit', /not settled/],
    [
      'exits',
      'exports.handler = async () => process.exit(3)',
      'Runtime.ExitError',
      /^RequestId: [\w-]{36} Error: Runtime exited with error: exit status 3$/,
    ],
    [
      'exits without an error',
      'exports.handler = async () => process.exit(0)',
      'Runtime.ExitError',
      /Runtime exited without providing a reason$/,
    ],
    [
      'kills itself',
      'exports.handler = async () => { process.kill(process.pid, "SIGKILL"); await new Promise(() => setTimeout(() => {}, 1e4)) }',
      'Runtime.ExitError',
      /^RequestId: [\w-]{36} Error: Runtime exited with error: signal: killed$/,
    ],
    [
      'is not there',
      'exports.other = 1',
      'Runtime.HandlerNotFound',
      'index.handler is undefined or not exported',
    ],
    ['is no function', 'exports.handler = 1', 'Runtime.HandlerNotFound', 'index.handler is not a function'],
    ['has a syntax error', 'exports.handler = ', 'Runtime.UserCodeSyntaxError', /^SyntaxError: /],
    [
      'misses a module',
      'require("nowhere")',
      'Runtime.ImportModuleError',
      /^Error: Cannot find module 'nowhere'/,
    ],
    ['throws while it is loaded', 'throw new Error("early")', 'Error', 'early'],
    [
      'answers too much',
      'exports.handler = async () => "a".repeat(7e6)',
      'Function.ResponseSizeTooLarge',
      /^Response payload size exceeded/,
    ],
  ])('%s', async (_way, source, errorType, errorMessage) => {
    const { answer, error, StatusCode } = await run({ 'index.js': source })
    expect({ error, StatusCode }).toEqual({ error: 'Unhandled', StatusCode: 200 })
    expect(answer).toMatchObject({ errorType, errorMessage: matching(errorMessage) })
  })

  it('shows its stack to the caller and in the log', async () => {
    const { answer, logResult } = await run({
      'index.js': 'exports.handler = async () => { throw new Error("no") }',
    })
    expect((answer as { trace: string[] }).trace[1]).toMatch(/at .*handler .*index\.js:1:/)
    expect(logResult).toMatch(
      /\tERROR\tInvoke Error \t\{"errorType":"Error","errorMessage":"no","stack":\["Error: no"/,
    )
  })

  it('is loaded anew for the next event when its process ended', async () => {
    const source =
      'let n = 0; exports.handler = async (event) => { if (event.ends) process.exit(1); return ++n }'
    const { name } = await run({ 'index.js': source })
    expect((await account.invoke(name, { ends: true })).error).toBe('Unhandled')
    expect((await account.invoke(name)).answer).toBe(1)
  })

  it.each(['..', 'a..b', 'index', '../index.handler'])(
    'is not looked for by the name %s',
    async (Handler) => {
      const { answer } = await run({ 'index.js': '' }, {}, { Handler })
      expect(answer).toMatchObject({ errorType: 'Runtime.MalformedHandlerName' })
    },
  )
})
