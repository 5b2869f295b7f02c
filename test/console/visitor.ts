/** What a browser with the console does, without one: signs in, and calls by its cookie. */
import { signRequest } from '../../console/sign-in/sign-request.ts'

export interface VisitorKey {
  accessKeyId: string
  secretAccessKey: string
}

export interface Call {
  method?: 'GET' | 'POST' | 'DELETE'
  path: string
  body?: unknown
  /** Instead of, or beside, those of the console; `undefined` leaves one out. */
  headers?: Record<string, string | undefined>
}

export interface Answer {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

export class Visitor {
  readonly origin: string
  cookie: string | undefined

  constructor(origin: string) {
    this.origin = origin
  }

  async signIn(key: VisitorKey, headers: Call['headers'] = {}): Promise<Answer> {
    return this.openSession({ headers: await this.proofOf(key) }, headers)
  }

  proofOf({ accessKeyId, secretAccessKey }: VisitorKey): Promise<Record<string, string>> {
    const key = { accessKeyId, secretAccessKey, sessionToken: undefined }
    return signRequest(key, { host: new URL(this.origin).host, now: new Date() })
  }

  async openSession(body: unknown, headers: Call['headers'] = {}): Promise<Answer> {
    const answer = await this.call({ method: 'POST', path: '/console/session', body, headers })
    const [cookie] = answer.headers.getSetCookie()
    if (answer.status === 200 && cookie !== undefined) this.cookie = cookie.split(';')[0]
    return answer
  }

  async call(call: Call): Promise<Answer> {
    const response = await this.fetch(call)
    const text = await response.text()
    const body = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text }
    return { status: response.status, headers: response.headers, body }
  }

  fetch({ method = 'GET', path, body, headers = {} }: Call, init: RequestInit = {}): Promise<Response> {
    const given = {
      'x-muster-console': '1',
      'sec-fetch-site': 'same-origin',
      origin: this.origin,
      ...(method !== 'GET' && { 'content-type': 'application/json' }),
      ...(this.cookie !== undefined && { cookie: this.cookie }),
      ...headers,
    }
    const named = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined)
    return fetch(`${this.origin}${path}`, {
      method,
      redirect: 'manual',
      headers: Object.fromEntries(named),
      ...(method !== 'GET' && { body: JSON.stringify(body ?? {}) }),
      ...init,
    })
  }

  /** An AWS operation. */
  operation(service: string, operation: string, body: object = {}): Promise<Answer> {
    return this.call({ method: 'POST', path: `/console/api/${service}/${operation}`, body })
  }
}
