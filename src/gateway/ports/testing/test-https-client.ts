/** A device that speaks HTTPS, and what came of it. */
import { request, type Agent } from 'node:https'
import type { Message } from '../../../fabric/in-process/index.ts'
import { accountId, device, type TestGateway } from './test-gateway.ts'

interface Answer {
  status: number | undefined
  headers: Record<string, unknown>
  body: unknown
  text: string
}

export interface AskOptions {
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  agent?: Agent | false
  /** Presents no certificate. */
  bare?: boolean
}

/** As `lamp-1`. Rejects when the reply is empty. */
export function ask(gateway: TestGateway, path: string, options: AskOptions = {}): Promise<Answer> {
  const { method = 'POST', headers = {}, body = '', agent = false, bare } = options
  const identity = bare ? {} : { cert: device.certificatePem, key: device.privateKeyPem }
  const target = { host: '127.0.0.1', port: gateway.httpsPort, path, method, agent, headers, ...identity }
  return new Promise((resolve, reject) => {
    const sent = request({ ...target, rejectUnauthorized: false }, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += String(chunk)))
      response.on('end', () => {
        const json: unknown = text === '' ? undefined : JSON.parse(text)
        resolve({ status: response.statusCode, headers: response.headers, body: json, text })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** All messages from now on. */
export function watch({ fabric }: TestGateway): Message[] {
  const heard: Message[] = []
  for (const filter of ['#', '$aws/#']) fabric.subscribe(accountId, filter, (message) => heard.push(message))
  return heard
}
