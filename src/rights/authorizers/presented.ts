/**
 * What a client shows to a custom authorizer, by whichever protocol.
 * Source: AWS IoT Developer Guide, "Connecting to AWS IoT Core by using custom authentication" (custom-auth.html).
 */

/** A request for a WebSocket, or another one over HTTPS. */
interface PresentedHttp {
  /** As they were sent: names in any case. */
  headers: readonly (readonly [name: string, value: string])[]
  /** Without the question mark; still percent-encoded. */
  queryString: string
}

/** A CONNECT packet. */
interface PresentedMqtt {
  /** May end with a query string: `user?x-amz-customauthorizer-name=...`. */
  username?: string | undefined
  password?: Uint8Array | undefined
  clientId?: string | undefined
}

export interface Presented {
  http?: PresentedHttp | undefined
  mqtt?: PresentedMqtt | undefined
}

const nameKey = 'x-amz-customauthorizer-name'
const signatureKey = 'x-amz-customauthorizer-signature'

export const namedAuthorizer = (presented: Presented): string | undefined => findValue(presented, nameKey)

/** In base64. */
export const presentedSignature = (presented: Presented): string | undefined =>
  findValue(presented, signatureKey)

export const presentedToken = (presented: Presented, tokenKeyName: string): string | undefined =>
  findValue(presented, tokenKeyName)

/** Headers go before the query string, and both before the user name. */
function findValue({ http, mqtt }: Presented, key: string): string | undefined {
  const wanted = key.toLowerCase()
  const header = http?.headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
  if (header !== undefined) return key === signatureKey ? decode(header) : header
  const [, userQuery = ''] = splitOnce(mqtt?.username ?? '', '?')
  return findInQuery(http?.queryString ?? '', key) ?? findInQuery(userQuery, key)
}

/** A plus stays one: signatures in base64 are not always encoded, and what is encoded has `%20` for a blank. */
function findInQuery(query: string, key: string): string | undefined {
  for (const pair of query.split('&')) {
    const [name, value = ''] = splitOnce(pair, '=')
    if (decode(name) === key) return decode(value)
  }
  return undefined
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // not percent-encoded
  }
}
