import { expect, it } from 'vitest'
import { apiHosts, toApiUrls } from './api-urls.ts'

it.each([
  ['127.0.0.1', undefined, 'http://127.0.0.1:9080', 'http://127.0.0.1:9080'],
  ['192.0.2.7', undefined, 'https://192.0.2.7:9080', 'https://192.0.2.7:9080'],
  ['0.0.0.0', undefined, 'http://127.0.0.1:9080', 'http://iot.example:9080'],
  ['::', undefined, 'https://[::1]:443', 'https://iot.example'],
  ['0.0.0.0', 'https://api.example/muster', 'http://127.0.0.1:9080', 'https://api.example/muster'],
  ['127.0.0.1', 'https://api.example', 'http://127.0.0.1:9080', 'https://api.example'],
])('listening on %s, with the address %s given, is told to others as they can reach it', (...row) => {
  const [host, apiUrl, local, told] = row
  expect(toApiUrls({ host, endpoint: 'iot.example', apiUrl }, local)).toEqual({ local, public: told })
})

it('asks for a certificate of every name that the port is reached by, and of no address that is none', () => {
  expect(apiHosts({ host: '192.0.2.7', endpoint: 'iot.example' })).toEqual([
    'localhost',
    '127.0.0.1',
    '::1',
    'iot.example',
    '192.0.2.7',
  ])
  for (const host of ['0.0.0.0', '::', '127.0.0.1'])
    expect(apiHosts({ host, endpoint: 'localhost' })).toEqual(['localhost', '127.0.0.1', '::1'])
})
