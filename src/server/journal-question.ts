/** What `GET /muster/v1/journal` is asked. */
import { isIP } from 'node:net'
import { iotError } from '../api/aws/errors.ts'
import { parseTime, timeForms } from '../lib/parse-time.ts'
import { isCertificateId } from '../lib/x509.ts'
import {
  canonicalAddress,
  reasonCodes,
  type JournalCode,
  type JournalQuestion,
} from '../observability/journal/index.ts'
import { parseLimit } from './parse-limit.ts'

/** @throws {AwsError} `InvalidRequestException` */
export function parseJournalQuestion(query: URLSearchParams): Omit<JournalQuestion, 'accountId'> {
  const [after, before] = [findTime(query, 'after'), findTime(query, 'before')]
  if (after && before && after >= before)
    throw invalid(`after must be earlier than before, got ${after.toISOString()} and ${before.toISOString()}`)
  return {
    subject: query.get('subject') ?? undefined,
    limit: parseLimit(query.get('limit')),
    marker: parseMarker(query.get('marker')),
    filter: {
      after,
      before,
      codes: query.has('code') ? query.getAll('code').map(toCode) : undefined,
      level: parseLevel(query.get('level')),
      caCertificateId: parseCa(query.get('caCertificateId')),
      address: parseAddress(query.get('address')),
    },
  }
}

/** In canonical form. @throws {AwsError} `InvalidRequestException` */
export function parseAddress(text: string | null): string | undefined {
  if (text === null) return undefined
  if (isIP(text) > 0) return canonicalAddress(text)
  throw invalid(`address must be an IPv4 or IPv6 address, got "${text}"`)
}

function findTime(query: URLSearchParams, name: string): Date | undefined {
  const text = query.get(name)
  const time = text === null ? undefined : parseTime(text)
  if (text !== null && !time) throw invalid(`${name} must be ${timeForms}, got "${text}"`)
  return time
}

function toCode(text: string): JournalCode {
  if (Object.hasOwn(reasonCodes, text)) return text as JournalCode
  throw invalid(`code must be one of those that GET /muster/v1/reason-codes lists, got "${text}"`)
}

function parseLevel(text: string | null): 'info' | 'warn' | undefined {
  if (text === null || text === 'info' || text === 'warn') return text ?? undefined
  throw invalid(`level must be info or warn, got "${text}"`)
}

function parseCa(text: string | null): string | undefined {
  if (text === null || isCertificateId(text)) return text ?? undefined
  throw invalid(`caCertificateId must be 64 lower-case hexadecimal digits, got "${text}"`)
}

function parseMarker(text: string | null): number | undefined {
  if (text === null) return undefined
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw invalid(`marker must be the nextMarker of a page before, got "${text}"`)
}

const invalid = (text: string) => iotError('InvalidRequestException', text)
