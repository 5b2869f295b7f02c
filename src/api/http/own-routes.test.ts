import { SignatureV4 } from '@smithy/signature-v4'
import { expect, it } from 'vitest'
import { iotError } from '../aws/errors.ts'
import { Sha256 } from '../../lib/sha256.ts'
import type { OwnRoute } from './own-routes.ts'
import { credentials, startTestHttp } from './testing/test-server.ts'

const routes: OwnRoute[] = [
  {
    method: 'GET',
    path: '/muster/v1/journal',
    action: 'muster:ListJournal',
    resource: '*',
    handle: async (query, { caller }) => ({ of: query.get('of'), all: query.getAll('of'), by: caller.name }),
  },
  {
    method: 'GET',
    path: '/muster/v1/secret',
    action: 'muster:Read',
    resource: 'Forbidden',
    handle: async () => ({}),
  },
  {
    method: 'GET',
    path: '/muster/v1/absent',
    action: 'muster:Read',
    resource: '*',
    handle: async () => {
      throw iotError('ResourceNotFoundException', 'no such thing')
    },
  },
]

async function get(url: string, target: string, { method = 'GET', service = 'muster' } = {}) {
  const { host, pathname, searchParams } = new URL(target, url)
  const signer = new SignatureV4({ service, region: 'us-east-1', credentials, sha256: Sha256 as never })
  const query: Record<string, string[]> = {}
  for (const [name, value] of searchParams) (query[name] ??= []).push(value)
  const toSign = {
    method,
    path: pathname,
    query,
    headers: { host },
    protocol: 'http:',
    hostname: '127.0.0.1',
  }
  const { headers } = await signer.sign(toSign)
  const response = await fetch(`${url}${target}`, { method, headers })
  return { status: response.status, body: (await response.json()) as unknown }
}

it('serves signed routes of its own, with their query', async () => {
  await using server = await startTestHttp({ routesOf: () => routes })
  expect(await get(server.url, '/muster/v1/journal?of=a%2Bb%20c&of=d')).toEqual({
    status: 200,
    body: { of: 'a+b c', all: ['a+b c', 'd'], by: 'alice' },
  })
})

it.each([
  ['what the caller may not read', '/muster/v1/secret', {}, 403],
  ['what the route refuses', '/muster/v1/absent', {}, 404],
  ['another path', '/muster/v1/journals', {}, 404],
  ['a path below', '/muster/v1/journal/x', {}, 404],
  ['another method', '/muster/v1/journal', { method: 'POST' }, 404],
  ['the scope of another service', '/muster/v1/journal', { service: 'iot' }, 404],
])('refuses %s', async (_title, target, options, status) => {
  await using server = await startTestHttp({ routesOf: () => routes })
  expect((await get(server.url, target, options)).status).toBe(status)
})
