/** Bodies of the routes, read strictly. */
import { iotError } from '../../api/aws/errors.ts'
import { findText, getText, readJsonBody } from '../../api/aws/json-body.ts'
import { parseTime, timeForms } from '../../lib/parse-time.ts'
import { isCertificateId } from '../../lib/x509.ts'
import type { DryRunRequest } from './dry-run.ts'
import type { InspectionRequest } from './inspection.ts'

/** A template, a certificate, and what JSON makes of them. */
const maxBodyBytes = 256 * 1024

const dryRunTexts = [
  'caCertificateId',
  'templateName',
  'templateBody',
  'provisioningRoleArn',
  'certificatePem',
  'subject',
  'clientId',
] as const

export type DryRunBody = Omit<DryRunRequest, 'accountId' | 'region' | 'sourceIp'>

/** @throws {AwsError} `InvalidRequestException`, which names the member */
export function readDryRun(body: Uint8Array): DryRunBody {
  const document = readJsonBody(body, { members: [...dryRunTexts, 'parameters'], maxBytes: maxBodyBytes })
  const texts = Object.fromEntries(dryRunTexts.map((name) => [name, findText(document, name)]))
  const { parameters } = document
  if (parameters === undefined) return texts
  const isRecord = typeof parameters === 'object' && parameters !== null && !Array.isArray(parameters)
  if (!isRecord || Object.values(parameters).some((value) => typeof value !== 'string'))
    throw invalid('parameters must be an object of texts')
  return { ...texts, parameters: parameters as Record<string, string> }
}

/** @throws {AwsError} `InvalidRequestException` */
export function readInspection(body: Uint8Array): Pick<InspectionRequest, 'pem' | 'clientId'> {
  const document = readJsonBody(body, { members: ['pem', 'clientId'], maxBytes: maxBodyBytes })
  return { pem: getText(document, 'pem'), clientId: findText(document, 'clientId') }
}

export type RetryBody =
  | { certificateId: string }
  | { caCertificateId: string; from: Date; to: Date; nextToken: string | undefined }

const retryTexts = ['certificateId', 'caCertificateId', 'from', 'to', 'nextToken'] as const

/** `to`: until now when nothing is said. @throws {AwsError} `InvalidRequestException` */
export function readRetry(body: Uint8Array, now: Date): RetryBody {
  const document = readJsonBody(body, { members: [...retryTexts], maxBytes: maxBodyBytes })
  const texts = Object.fromEntries(retryTexts.map((name) => [name, findText(document, name)]))
  const { certificateId, caCertificateId, from, to, nextToken } = texts
  if ((certificateId === undefined) === (caCertificateId === undefined))
    throw invalid('expected either certificateId or caCertificateId')
  if (caCertificateId !== undefined) {
    const range = { from: toTime('from', from, new Date(0)), to: toTime('to', to, now) }
    return { caCertificateId: checkId('caCertificateId', caCertificateId), ...range, nextToken }
  }
  if ([from, to, nextToken].some((given) => given !== undefined))
    throw invalid('from, to, and nextToken go with caCertificateId')
  return { certificateId: checkId('certificateId', certificateId ?? '') }
}

function checkId(name: string, id: string): string {
  if (isCertificateId(id)) return id
  throw invalid(`${name} must be 64 lower-case hexadecimal digits`)
}

function toTime(name: string, text: string | undefined, otherwise: Date): Date {
  if (text === undefined) return otherwise
  const time = parseTime(text)
  if (!time) throw invalid(`${name} must be ${timeForms}, got "${text}"`)
  return time
}

const invalid = (text: string) => iotError('InvalidRequestException', text)
