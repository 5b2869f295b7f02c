import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openOutbound } from '../../../test/helpers/outbound.ts'
import type { Outbound } from '../../lib/outbound/outbound.ts'
import { readHookSecret } from './secret.ts'
import { createAskWebhook, type WebhookDeps } from './webhook.ts'

const secret = 'a secret of the operator'
const now = new Date('2030-01-02T03:04:05.678Z')
const event = {
  claimCertificateId: '',
  certificateId: 'a'.repeat(64),
  certificatePem: 'PEM',
  templateArn: '',
  clientId: 'lamp',
  parameters: { Room: 'attic' },
}

const asked: { body: string; headers: IncomingHttpHeaders }[] = []
/** What the web service does, request by request; the last one again and again. */
let answers: ((response: ServerResponse) => void)[]
const say =
  (status: number, text = '') =>
  (response: ServerResponse) =>
    void response.writeHead(status).end(text)
const yes = say(200, '{"allowProvisioning":true,"parameterOverrides":{"Room":"cellar"}}')

const service = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const answer = answers[Math.min(asked.length, answers.length - 1)]!
    asked.push({ body: Buffer.concat(chunks).toString(), headers: request.headers })
    answer(response)
  })
})
let url: string
let outbound: Outbound
const logged: unknown[] = []
beforeAll(async () => {
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  const { port } = service.address() as AddressInfo
  url = `http://127.0.0.1:${port}/hook?token=hidden`
  outbound = openOutbound(`127.0.0.1:${port}`)
})
afterAll(() => {
  outbound[Symbol.dispose]()
  service.closeAllConnections()
  service.close()
})
beforeEach(() => {
  asked.length = 0
  logged.length = 0
})

const ask = (more: Partial<WebhookDeps> = {}) =>
  createAskWebhook({
    outbound,
    secret,
    now: () => now,
    log: { info: (...entry: unknown[]) => void logged.push(entry) } as WebhookDeps['log'],
    ...more,
  })(url, event)

const refusal = (code: string, error: string) =>
  expect.objectContaining({
    code,
    details: {
      hook: url.replace(/\?.*/, ''),
      error: expect.stringContaining(error) as string,
    },
  }) as unknown

describe('a webhook', () => {
  it('is asked by a signed request, and sets parameters', async () => {
    answers = [yes]
    expect(await ask()).toEqual(new Map([['Room', 'cellar']]))
    const [{ body, headers }] = asked as [(typeof asked)[0]]
    expect(JSON.parse(body)).toEqual(event)
    expect(headers['x-muster-timestamp']).toBe('1893553445')
    const signature = createHmac('sha256', secret).update(`1893553445.${body}`).digest('hex')
    expect(headers['x-muster-signature']).toBe(`v1=${signature}`)
    expect(headers['content-type']).toBe('application/json')
    expect(asked).toHaveLength(1)
  })

  it.each([
    ['says that it is busy', say(503)],
    ['says that there are too many', say(429)],
    ['hangs up', (response: ServerResponse) => void response.destroy()],
  ])('is asked once more when it %s', async (_, first) => {
    answers = [first, yes]
    expect(await ask()).toEqual(new Map([['Room', 'cellar']]))
    expect(asked).toHaveLength(2)
  })

  it.each<[string, (response: ServerResponse) => void, string, string, number]>([
    ['no', say(200, '{"allowProvisioning":false}'), 'hook-refused', 'allowProvisioning: true', 1],
    ['nothing', say(200), 'hook-failed', 'it did not return an object', 1],
    ['a list', say(200, '[true]'), 'hook-failed', 'it did not return an object', 1],
    [
      'a number',
      say(200, '{"allowProvisioning":true,"parameterOverrides":{"a":1}}'),
      'hook-failed',
      '"a" must be a text',
      1,
    ],
    ['too much', say(200, `"${'a'.repeat(70_000)}"`), 'hook-failed', 'longer than 65536 bytes', 1],
    ['that it is forbidden', say(403), 'hook-failed', 'it answered 403', 1],
    ['that it moved', say(302), 'hook-failed', 'it answered 302', 1],
    ['that it is broken, twice', say(500), 'hook-failed', 'it answered 500', 2],
    ['nothing, twice', (response) => void response.destroy(), 'hook-failed', 'there was no answer', 2],
  ])('lets nobody in when it says %s', async (_, answer, code, error, tries) => {
    answers = [answer]
    await expect(ask()).rejects.toEqual(refusal(code, error))
    expect(asked).toHaveLength(tries)
  })

  it('has so much time at each of two tries', async () => {
    answers = [() => {}] // it never answers
    await expect(ask({ timeoutMs: 50 })).rejects.toEqual(
      refusal('hook-failed', 'no answer within 0.05 seconds'),
    )
    expect(asked).toHaveLength(2)
    expect(JSON.stringify(logged)).not.toContain('hidden')
  })

  it('is not asked without a secret, nor where the server may not connect to', async () => {
    answers = [yes]
    await expect(ask({ secret: undefined })).rejects.toEqual(refusal('hook-failed', '--hook-secret-file'))
    using closed = openOutbound('127.0.0.1:1')
    await expect(ask({ outbound: closed })).rejects.toEqual(refusal('hook-failed', '--outbound-allow'))
    expect(asked).toEqual([])
  })
})

it('has its secret in a file, of sixteen bytes or more', () => {
  const directory = mkdtempSync(join(tmpdir(), 'muster-test-'))
  const file = join(directory, 'secret')
  writeFileSync(file, '  0123456789abcdef\n')
  expect(readHookSecret(file)).toBe('0123456789abcdef')
  writeFileSync(file, '0123456789abcde\n')
  expect(() => readHookSecret(file)).toThrow('must hold a secret of 16 bytes or more, it holds 15')
  rmSync(directory, { recursive: true })
  expect(() => readHookSecret(file)).toThrow('--hook-secret-file cannot be read: ENOENT')
})
