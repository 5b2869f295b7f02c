/** One API call as it is kept: a line of JSON. */
import type { Caller } from '../../api/aws/caller.ts'
import type { RecordedCall } from '../../api/aws/recorded-call.ts'
import { toParameters } from './parameters.ts'

export interface AuditEntry {
  /** When its work had ended; epoch milliseconds. */
  at: number
  requestId: string
  /** As in `RecordedCall`. */
  service: string
  operation: string
  isReadOnly: boolean
  caller: Pick<Caller, 'kind' | 'arn' | 'userId' | 'name'>
  accessKeyId?: string | undefined
  sourceIp: string
  userAgent?: string | undefined
  isSecure: boolean
  /** Without secrets, and bounded. */
  parameters?: object | undefined
  /** ARNs that were judged. */
  resources?: string[] | undefined
  errorCode?: string | undefined
  errorMessage?: string | undefined
  /** The number of the entry that told of a success before the call failed after all. */
  corrects?: number | undefined
}

/** As it is kept, with its place in the chain of an account. */
export interface StoredEntry extends AuditEntry {
  accountId: string
  chain: string
  /** From 1, without gaps. */
  seq: number
}

/** What a call ended with. */
export interface Outcome {
  at: Date
  failure?: { code: string; message: string } | undefined
  corrects?: number | undefined
}

const maxTextCharacters = 512
const maxResources = 20

/** `Test` and `Simulate` try something out. `AssumeRole` and its like change nothing that is kept. */
const readingNames =
  /^(?:Get|List|Describe|Lookup|Search|Filter|Head|Query|Test|Simulate|Validate|AssumeRole|DryRun|Inspect)/

export function toEntry(call: RecordedCall, { at, failure, corrects }: Outcome): AuditEntry {
  const { caller, name, resources } = call
  const { kind, arn, userId, name: callerName } = caller
  return {
    at: at.getTime(),
    requestId: call.requestId,
    service: name.service,
    operation: name.operation,
    isReadOnly: call.isReadOnly ?? readingNames.test(name.operation),
    caller: { kind, arn, userId, ...(callerName !== undefined && { name: callerName }) },
    accessKeyId: call.accessKeyId,
    sourceIp: call.sourceIp,
    userAgent: call.userAgent === undefined ? undefined : cut(call.userAgent),
    isSecure: call.isSecure,
    parameters: call.input && toParameters(call.input, call.shape),
    resources: resources.length === 0 ? undefined : resources.slice(0, maxResources).map(cut),
    errorCode: failure?.code,
    errorMessage: failure && cut(failure.message),
    corrects,
  }
}

const cut = (text: string) =>
  text.length > maxTextCharacters ? `${text.slice(0, maxTextCharacters)}…` : text

export const toLine = (entry: AuditEntry): string => JSON.stringify(entry)

export const fromLine = (line: string): AuditEntry => JSON.parse(line) as AuditEntry
