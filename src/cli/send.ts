import { request as overTcp, type RequestOptions } from 'node:http'
import { request as overTls } from 'node:https'
import { text } from 'node:stream/consumers'

export interface Sending {
  method: string
  headers: Record<string, string>
  body?: string
  /** PEM of the roots to trust instead of the machine's. */
  ca?: string
}

export interface Reply {
  status: number
  body: string
}

/** Rejects when nobody answers, or nobody whom the roots vouch for. */
export function send(url: URL, { method, headers, body, ca }: Sending): Promise<Reply> {
  const options: RequestOptions & { ca?: string } = { method, headers, ...(ca !== undefined && { ca }) }
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? overTls(url, options) : overTcp(url, options)
    request.on('error', reject)
    request.on('response', (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: answer }), reject)
    })
    request.end(body)
  })
}
