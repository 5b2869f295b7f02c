/** Signs sts:GetCallerIdentity with Signature Version 4. Source: AWS IAM User Guide, "Create a signed AWS API request". */
const body = 'Action=GetCallerIdentity&Version=2011-06-15'
const region = 'us-east-1' // sts is one for all regions
const encoder = new TextEncoder()

export interface Key {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string | undefined
}

const hex = (bytes: ArrayBuffer) =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')

const sha256 = async (text: string) => hex(await crypto.subtle.digest('SHA-256', encoder.encode(text)))

async function hmac(key: Uint8Array<ArrayBuffer> | ArrayBuffer, text: string): Promise<ArrayBuffer> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign'])
  return crypto.subtle.sign('HMAC', imported, encoder.encode(text))
}

/** The headers of the signed request, by name in lower case; its method is POST, its path `/`. */
export async function signRequest(
  key: Key,
  { host, now }: { host: string; now: Date },
): Promise<Record<string, string>> {
  const timestamp = now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    host,
    'x-amz-date': timestamp,
    'x-muster-nonce': hex(crypto.getRandomValues(new Uint8Array(16)).buffer), // a proof holds once
    ...(key.sessionToken === undefined ? {} : { 'x-amz-security-token': key.sessionToken }),
  }
  const names = Object.keys(headers).toSorted()
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('')
  const signedHeaders = names.join(';')
  const canonical = ['POST', '/', '', lines, signedHeaders, await sha256(body)].join('\n')
  const scope = [timestamp.slice(0, 8), region, 'sts', 'aws4_request']
  const toSign = ['AWS4-HMAC-SHA256', timestamp, scope.join('/'), await sha256(canonical)].join('\n')
  let signing: Uint8Array<ArrayBuffer> | ArrayBuffer = encoder.encode(`AWS4${key.secretAccessKey}`)
  for (const part of scope) signing = await hmac(signing, part)
  const signature = hex(await hmac(signing, toSign))
  const authorization = `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${scope.join('/')}, SignedHeaders=${signedHeaders}, Signature=${signature}`
  return { ...headers, authorization }
}
