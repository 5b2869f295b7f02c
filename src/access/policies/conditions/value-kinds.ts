import { operators } from './operators.ts'

/** Of each kind of value an operator that takes it, and no other. */
const takers = {
  string: 'StringEquals',
  numeric: 'NumericEquals',
  boolean: 'Bool',
  ip: 'IpAddress',
  binary: 'BinaryEquals',
  date: 'DateEquals',
} as const

export type ValueKind = keyof typeof takers

/** Whether conditions on values of the kind could ever take this one. */
export function isValueOfKind(kind: ValueKind, value: string): boolean {
  return operators.get(takers[kind])?.compile([value]) !== undefined
}
