/** Where a search leads: by an ARN, a certificate, or a name. */
import { ApiError, call, type OperationCall } from './api/call.ts'

/** The pages of resources, by the beginning of the last part of their ARN. */
const pages: readonly (readonly [RegExp, string])[] = [
  [/^arn:aws:iot:.*:cacert\/(.+)$/, '/cas/'],
  [/^arn:aws:iot:.*:cert\/(.+)$/, '/certificates/'],
  [/^arn:aws:iot:.*:thing\/(.+)$/, '/things/'],
  [/^arn:aws:iot:.*:thinggroup\/(.+)$/, '/thing-groups/'],
  [/^arn:aws:iot:.*:thingtype\/(.+)$/, '/thing-types/'],
  [/^arn:aws:iot:.*:billinggroup\/(.+)$/, '/billing-groups/'],
  [/^arn:aws:iot:.*:policy\/(.+)$/, '/policies/'],
  [/^arn:aws:iot:.*:rule\/(.+)$/, '/rules/'],
  [/^arn:aws:iot:.*:rolealias\/(.+)$/, '/role-aliases/'],
  [/^arn:aws:iot:.*:provisioningtemplate\/(.+)$/, '/templates/'],
  [/^arn:aws:iot:.*:domainconfiguration\/([^/]+)/, '/domain-configurations/'],
  [/^arn:aws:lambda:.*:function:([^:]+)/, '/functions/'],
]

const explain = (subject: string) => `/explain?subject=${encodeURIComponent(subject)}`

/** The id of a certificate in PEM: the SHA-256 of its DER. */
export async function certificateIdOf(pem: string): Promise<string | undefined> {
  const base64 = /-----BEGIN CERTIFICATE-----([\sA-Za-z0-9+/=]+)-----END/.exec(pem)?.[1]
  if (base64 === undefined) return undefined
  const der = Uint8Array.from(atob(base64.replaceAll(/\s/g, '')), (one) => one.codePointAt(0) ?? 0)
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', der))
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Whether the call finds something; what may not be asked is taken for absent. */
const isThere = (operation: OperationCall): Promise<boolean> =>
  call(operation).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ApiError) return false
      throw error
    },
  )

const iot = (operation: string, input: object): OperationCall => ({ service: 'iot', operation, input })

/** The path below `/console` for what was typed, or was in a file that was dropped. */
export async function findPath(given: string): Promise<string> {
  const text = given.trim()
  for (const [pattern, page] of pages) {
    const name = pattern.exec(text)?.[1]
    if (name !== undefined) return `${page}${encodeURIComponent(name)}`
  }
  const certificateId = (await certificateIdOf(text)) ?? (/^[0-9a-f]{64}$/.test(text) ? text : undefined)
  if (certificateId !== undefined) {
    const isCa = await isThere(iot('DescribeCACertificate', { certificateId }))
    return isCa ? `/cas/${certificateId}` : explain(certificateId)
  }
  if (!/^[\w:.-]{1,128}$/.test(text) || (await isThere(iot('DescribeThing', { thingName: text }))))
    return explain(text)
  const functions = {
    service: 'lambda',
    operation: 'GetFunctionConfiguration',
    input: { FunctionName: text },
  }
  const isRule = /^\w+$/.test(text) && (await isThere(iot('GetTopicRule', { ruleName: text })))
  if (isRule) return `/rules/${encodeURIComponent(text)}`
  if (await isThere(functions)) return `/functions/${encodeURIComponent(text)}`
  return explain(text)
}
