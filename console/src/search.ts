/** Where a search leads: by an ARN, a certificate, or a name. */
import { ApiError, call, getOwn, type OperationCall } from './api/call.ts'

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
  [/^arn:aws:iot:.*:authorizer\/(.+)$/, '/authorizers/'],
  [/^arn:aws:iot:.*:certificateprovider\/(.+)$/, '/certificate-providers/'],
  [/^arn:aws:iot:.*:provisioningtemplate\/(.+)$/, '/templates/'],
  [/^arn:aws:iot:.*:domainconfiguration\/([^/]+)/, '/domain-configurations/'],
  [/^arn:aws:lambda:.*:function:([^:]+)/, '/functions/'],
]

/** Of a resource that has a page: its path below `/console`. */
export function pageOfArn(arn: string): string | undefined {
  for (const [pattern, page] of pages) {
    const name = pattern.exec(arn)?.[1]
    if (name !== undefined) return `${page}${encodeURIComponent(name)}`
  }
  return undefined
}

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

/** As `GET /muster/v1/certificates` tells of it. */
export interface FoundCertificate {
  certificateId: string
  status: string
  subject?: string
  serialNumber?: string
}

/** Something that what was typed may mean. */
export interface Match {
  kind: string
  name: string
  /** Its page, below `/console`. */
  path: string
  note?: string
}

interface Certificates {
  certificates: FoundCertificate[]
  cas: { certificateId: string; status: string }[]
}

const noCertificates: Certificates = { certificates: [], cas: [] }

/** None where they may not be asked for, or the text is too long for one. */
const findCertificates = (text: string) =>
  getOwn<Certificates>('certificates', { text, limit: '50' }).catch((error: unknown) => {
    if (error instanceof ApiError) return noCertificates
    throw error
  })

/** Everything that the text is the name of, or that a certificate is found by; not what has no page of its own. */
export async function findMatches(text: string): Promise<Match[]> {
  const name = encodeURIComponent(text)
  const named: [kind: string, path: string, form: RegExp, operation: OperationCall][] = [
    ['Thing', explain(text), /^[\w:.-]{1,128}$/, iot('DescribeThing', { thingName: text })],
    ['Rule', `/rules/${name}`, /^\w{1,128}$/, iot('GetTopicRule', { ruleName: text })],
    ['Function', `/functions/${name}`, /^[\w-]{1,64}$/, functionCall(text)],
  ]
  const asked = named.map(async ([kind, path, form, operation]): Promise<Match[]> => {
    const isSo = form.test(text) && (await isThere(operation))
    return isSo ? [{ kind, name: text, path }] : []
  })
  const [{ certificates, cas }, ...found] = await Promise.all([findCertificates(text), ...asked])
  return [
    ...found.flat(),
    ...cas.map((ca) => ({
      kind: 'CA',
      name: ca.certificateId,
      path: `/cas/${ca.certificateId}`,
      note: ca.status,
    })),
    ...certificates.map(({ certificateId, status, subject }) => ({
      kind: 'Certificate',
      name: certificateId,
      path: explain(certificateId),
      note: [status, subject].filter((one) => one !== undefined).join(' · '),
    })),
  ]
}

const functionCall = (name: string): OperationCall => ({
  service: 'lambda',
  operation: 'GetFunctionConfiguration',
  input: { FunctionName: name },
})

/** The path below `/console` for what was typed, or was in a file that was dropped. */
export async function findPath(given: string): Promise<string> {
  const text = given.trim()
  const named = pageOfArn(text)
  if (named !== undefined) return named
  const certificateId = (await certificateIdOf(text)) ?? (/^[0-9a-f]{64}$/.test(text) ? text : undefined)
  if (certificateId !== undefined) {
    const isCa = await isThere(iot('DescribeCACertificate', { certificateId }))
    return isCa ? `/cas/${certificateId}` : explain(certificateId)
  }
  const [first, ...others] = await findMatches(text)
  if (!first) return explain(text) // a client, or somebody of whom the journal alone knows
  const isOfOneDevice = first.kind === 'Thing' // its page names its certificates
  return others.length === 0 || isOfOneDevice ? first.path : `/search?q=${encodeURIComponent(text)}`
}
