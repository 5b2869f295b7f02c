/** By which values entries are looked up, and how they stand in the index. */
import { fingerprint } from '../../lib/fingerprint.ts'
import type { AuditEntry } from './entry.ts'
import { eventSourceOf } from './event-source.ts'
import { describeResource } from './resource.ts'

/** The attributes of LookupEvents but EventId, which says its place itself. */
export const attributes = [
  'EventName',
  'Username',
  'AccessKeyId',
  'EventSource',
  'ReadOnly',
  'ResourceType',
  'ResourceName',
] as const

export type Attribute = (typeof attributes)[number]

/** A caller's name as CloudTrail has it: the session's for an assumed role. */
export function userNameOf({ caller }: Pick<AuditEntry, 'caller'>): string {
  if (caller.kind === 'root') return 'root'
  if (caller.kind === 'user') return caller.name ?? ''
  return caller.arn.slice(caller.arn.lastIndexOf('/') + 1)
}

/** What an entry has for an attribute. */
export function valuesOf(entry: AuditEntry, attribute: Attribute): readonly string[] {
  switch (attribute) {
    case 'EventName':
      return [entry.operation]
    case 'Username':
      return [userNameOf(entry)]
    case 'AccessKeyId':
      return entry.accessKeyId === undefined ? [] : [entry.accessKeyId]
    case 'EventSource':
      return [eventSourceOf(entry.service)]
    case 'ReadOnly':
      return [String(entry.isReadOnly)]
    case 'ResourceType':
      return (entry.resources ?? []).map((arn) => describeResource(arn).type).filter((type) => type !== '')
    case 'ResourceName':
      return (entry.resources ?? []).map((arn) => describeResource(arn).name)
  }
}

/** The written form is in databases, so it must stay as it is. */
export const keyOf = (attribute: Attribute, value: string): number => fingerprint(`${attribute}=${value}`)

/** All of them, each once. Most entries of a block have most values in common, so values are compared before keys are made. */
export function keysOf(entries: readonly AuditEntry[]): Set<number> {
  const keys = new Set<number>()
  for (const attribute of attributes) {
    const values = new Set<string>()
    for (const entry of entries) for (const value of valuesOf(entry, attribute)) values.add(value)
    for (const value of values) keys.add(keyOf(attribute, value))
  }
  return keys
}
