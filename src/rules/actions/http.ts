/** Source: AWS IoT Developer Guide, "HTTP". */
import type { HttpAction } from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { Outbound } from '../../lib/outbound/outbound.ts'
import { ActionFailure } from './action-failure.ts'
import type { ActionScope, PreparedAction } from './action.ts'
import { parseField } from './field.ts'
import { HttpBatches } from './http-batches.ts'
import { checkStatus } from './send-request.ts'

const headerNamePattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/ // RFC 9110 5.6.2
/** Headers that the connection itself needs. */
const ownHeaders = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
])

/** @throws {AwsError} `InvalidRequestException`, `NotImplementedException` */
export function prepareHttp(action: HttpAction, scope: ActionScope): PreparedAction {
  refuseUnoffered(action, scope)
  const { url, confirmationUrl } = readUrls(action, scope)
  const headers = (action.headers ?? []).map(({ key = '', value = '' }) => ({
    name: checkHeaderName(key, scope),
    value: parseField(value, `headers.${key}`, scope),
  }))
  const batches = action.enableBatching === true ? new HttpBatches(action.batchConfig) : undefined
  return {
    name: 'HttpAction',
    aim({ rule, message, output, isJson }, deps) {
      const to = url.fill(message)
      const confirmed = confirmationUrl.fill(message)
      const fields = headers.map(({ name, value }) => [name, value.fill(message)] as const)
      const deliver = async () => {
        const fault = findUrlFault(to, confirmed)
        if (fault !== undefined) throw new ActionFailure(fault)
        if (!(await deps.isDestinationEnabled(rule.accountId, confirmed)))
          throw new ActionFailure(
            `there is no enabled topic rule destination with confirmation URL ${shown(confirmed)}`,
          )
        const target = new URL(to)
        const contentType = isJson ? 'application/json' : 'application/octet-stream'
        const all = { 'content-type': contentType, ...Object.fromEntries(fields.map(asHeader)) }
        const send = async (body: Uint8Array) =>
          checkStatus(target, await deps.send({ method: 'POST', url: target, headers: all, body }))
        if (!batches) return send(output)
        // assumed: what is no JSON cannot be an item of the array
        if (!isJson) throw new ActionFailure('with enableBatching the output must be JSON')
        await batches.join({ topic: message.topic, url: to }, output, send)
      }
      return { label: 'Url', resource: shown(to), deliver }
    },
  }
}

/** @throws {AwsError} `InvalidRequestException` for two that could never go together */
function readUrls(action: HttpAction, scope: ActionScope) {
  const url = parseField(action.url ?? '', 'url', scope)
  const confirmationUrl =
    action.confirmationUrl === undefined ? url : parseField(action.confirmationUrl, 'confirmationUrl', scope)
  if (url.literal === undefined && action.confirmationUrl === undefined)
    throw iotError(
      'InvalidRequestException',
      `${scope.place}.url has an expression, so it needs a confirmationUrl`,
    )
  if (url.literal !== undefined && confirmationUrl.literal !== undefined) {
    const fault = findUrlFault(url.literal, confirmationUrl.literal)
    if (fault !== undefined) throw iotError('InvalidRequestException', `${scope.place}.${fault}`)
  }
  return { url, confirmationUrl }
}

function refuseUnoffered({ auth }: HttpAction, { place }: ActionScope): void {
  if (auth) throw iotError('NotImplementedException', `${place}.auth is not offered`)
}

function checkHeaderName(key: string, { place }: ActionScope): string {
  const name = key.toLowerCase()
  if (!headerNamePattern.test(name) || ownHeaders.has(name))
    throw iotError('InvalidRequestException', `${place}.headers cannot hold a header named "${key}"`)
  return name
}

function asHeader([name, value]: readonly [string, string]): [string, string] {
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
    throw new ActionFailure(`the header ${name} has a character that HTTP does not allow`)
  return [name, value]
}

/**
 * The confirmation URL must be the beginning of the URL: of the same server, which it speaks for.
 * Muster takes http as well, for services beside it.
 */
function findUrlFault(url: string, confirmationUrl: string): string | undefined {
  const [target, confirmed] = [readUrl(url), readUrl(confirmationUrl)]
  if (!target) return `url must be an http or https URL; it is "${shown(url)}"`
  if (!confirmed) return `confirmationUrl must be an http or https URL; it is "${shown(confirmationUrl)}"`
  if (target.origin !== confirmed.origin || !target.pathname.startsWith(confirmed.pathname))
    return `confirmationUrl must be the beginning of url; they are ${shown(confirmationUrl)} and ${shown(url)}`
  return undefined
}

/** Undefined for what is no URL of a web service, or brings a password along. */
export function readUrl(text: string): URL | undefined {
  const url = URL.parse(text)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  return url && isWeb && url.username === '' && url.password === '' ? url : undefined
}

/**
 * Names are judged when they are asked: an answer here would tell what they lead to.
 * @throws {AwsError} `InvalidRequestException` for an address that this server sends nothing to
 */
export function checkHost(text: string, outbound: Pick<Outbound, 'findFault'>): void {
  const url = readUrl(text)
  const fault = url && outbound.findFault(url)
  if (fault !== undefined) throw iotError('InvalidRequestException', fault)
}

/** A URL's query may hold a secret, which belongs in no log. */
const shown = (url: string): string => url.replace(/[?#].*$/s, '').slice(0, 200)
