/** What a node tells another one of what it wants to hear. */
import type { FilterKey } from './filter-keys.ts'

export interface Telling {
  /** Of who tells. */
  nodeName: string
  epoch: number
  /** One more than that of the telling before. */
  number: number
  /** What was told before does not count any more. */
  begins: boolean
  /** There is nothing more that was not told. */
  isWhole: boolean
  wanted: TellingKeys
  unwanted: TellingKeys
}

export interface TellingKeys {
  numbers: Int32Array
  texts: string[]
}

export function toTellingKeys(keys: readonly FilterKey[]): TellingKeys {
  return {
    numbers: Int32Array.from(keys.filter((key) => typeof key === 'number')),
    texts: keys.filter((key) => typeof key === 'string'),
  }
}

export const keysOf = ({ numbers, texts }: TellingKeys): FilterKey[] => [...numbers, ...texts]
