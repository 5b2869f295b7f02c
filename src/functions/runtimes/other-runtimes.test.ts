import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestAccount, type TestAccount } from '../testing/test-account.ts'

let account: TestAccount
beforeAll(async () => {
  account = await openTestAccount()
})
afterAll(() => account[Symbol.asyncDispose]())

const matching = (text: string | RegExp): unknown =>
  typeof text === 'string' ? text : expect.stringMatching(text)

describe('a Python function', () => {
  const python = { Runtime: 'python3.12' as const }

  it('gets the event and its context, prints, and logs with the request id', async () => {
    const source = `import logging
logger = logging.getLogger()
logger.setLevel(logging.INFO)
def handler(event, context):
    print("printed", event["n"])
    logger.info("logged\\ntwice")
    return {"n": event["n"] + 1, "name": context.function_name, "left": context.get_remaining_time_in_millis()}
`
    await account.create('python', { 'index.py': source }, python)
    const { answer, error, logResult, $metadata } = await account.invoke(
      'python',
      { n: 1 },
      { LogType: 'Tail' },
    )
    expect(error).toBeUndefined()
    expect(answer).toMatchObject({ n: 2, name: 'python' })
    expect(logResult).toContain('printed 1\n')
    expect(logResult).toMatch(new RegExp(`\\[INFO\\]\t\\S+Z\t${$metadata.requestId}\tlogged\ntwice\n`))
  })

  it.each([
    ['raises', 'def handler(event, context):\n    raise ValueError("no")', 'ValueError', 'no'],
    [
      'answers what is no JSON',
      'def handler(event, context):\n    return {1, 2}',
      'TypeError',
      /not JSON serializable/,
    ],
    ['misses a module', 'import nowhere', 'Runtime.ImportModuleError', /No module named 'nowhere'/],
    ['has a syntax error', 'def', 'Runtime.UserCodeSyntaxError', /Syntax error in module/],
    ['has no handler', 'other = 1', 'Runtime.HandlerNotFound', /missing on module/],
    [
      'exits',
      'import sys\ndef handler(event, context):\n    sys.exit(4)',
      'Runtime.ExitError',
      /exit status 4$/,
    ],
  ])('that %s is told of as AWS does', async (way, source, errorType, errorMessage) => {
    const name = `python-${way.replaceAll(' ', '-')}`
    await account.create(name, { 'index.py': source }, python)
    const { answer, error } = await account.invoke(name)
    expect(error).toBe('Unhandled')
    expect(answer).toMatchObject({ errorType, errorMessage: matching(errorMessage) })
  })
})

describe('a custom runtime', () => {
  it('is the file bootstrap, which speaks the Runtime API', async () => {
    const bootstrap = `#!/bin/sh
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
while true; do
  event=$(curl -s -D "$TMPDIR/headers" "$api/next") || exit 1
  id=$(grep -i aws-request-id "$TMPDIR/headers" | tr -d '[:space:]' | cut -d: -f2)
  curl -s -X POST "$api/$id/response" -d "{\\"got\\": $event, \\"handler\\": \\"$_HANDLER\\"}" > /dev/null
done
`
    const more = { Runtime: 'provided.al2023' as const, Handler: 'any.thing' }
    await account.create('custom', { bootstrap }, more)
    for (const n of [1, 2]) {
      const { answer } = await account.invoke('custom', { n })
      expect(answer).toEqual({ got: { n }, handler: 'any.thing' })
    }
  })

  it('that does not start is told of', async () => {
    await account.create('absent', { 'other.sh': '' }, { Runtime: 'provided.al2', Handler: 'x' })
    const { answer } = await account.invoke('absent')
    expect(answer).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/Runtime exited with error: exit status 127$/),
    })
  })
})
