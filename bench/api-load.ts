/** A child process: signed API calls over connections that are kept, so many at a time. */
import { createHash, createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'

export interface ApiCall {
  method: string
  /** With its query, sorted and escaped as the signature wants it. */
  path: string
  body?: string
}

export interface ApiLoad {
  port: number
  region: string
  accessKeyId: string
  secretAccessKey: string
  calls: ApiCall[]
  concurrency: number
}

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const signedHeaders = 'content-type;host;x-amz-content-sha256;x-amz-date'
const service = 'iot'

/** AWS Signature Version 4, of a request whose path needs no escaping. */
function sign({ port, region, accessKeyId, secretAccessKey }: ApiLoad, { method, path, body = '' }: ApiCall) {
  const time = `${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`
  const day = time.slice(0, 8)
  const [bare = '', query = ''] = path.split('?')
  const headers = {
    'content-type': 'application/json',
    host: `127.0.0.1:${port}`,
    'x-amz-content-sha256': sha256(body),
    'x-amz-date': time,
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`)
  const canonical = [method, bare, query, lines.join(''), signedHeaders, headers['x-amz-content-sha256']]
  const scope = `${day}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical.join('\n'))].join('\n')
  const key = [region, service, 'aws4_request'].reduce(hmac, hmac(`AWS4${secretAccessKey}`, day))
  const signature = hmac(key, text).toString('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`
  return { ...headers, authorization }
}

function send(agent: Agent, load: ApiLoad, call: ApiCall): Promise<void> {
  const { method, path, body } = call
  const headers = { ...sign(load, call), 'content-length': Buffer.byteLength(body ?? '') }
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host: '127.0.0.1', port: load.port, method, path, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => {
        if (response.statusCode === 200) resolve()
        else reject(new Error(`${method} ${path} answered ${response.statusCode}: ${text.slice(0, 300)}`))
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

process.on('message', (load: ApiLoad) => {
  const agent = new Agent({ keepAlive: true, maxSockets: load.concurrency })
  const calls = load.calls.values()
  const lanes = Array.from({ length: load.concurrency }, async () => {
    for (const call of calls) await send(agent, load, call)
  })
  Promise.all(lanes)
    .then(
      () => process.send?.({ done: true }),
      (error: unknown) => process.send?.({ error: String(error) }),
    )
    .finally(() => agent.destroy())
})
