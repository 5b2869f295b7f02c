/** Every function that needs nothing from outside. */
import { collections } from './collections.ts'
import { facts } from './facts.ts'
import type { SqlFunction } from './function.ts'
import { hashes } from './hashes.ts'
import { numbers } from './numbers.ts'
import { patterns } from './patterns.ts'
import { texts } from './texts.ts'
import { times } from './times.ts'

const functions = new Map<string, SqlFunction>(
  [collections, facts, hashes, numbers, patterns, texts, times].flatMap(Object.entries<SqlFunction>),
)

/** `name` in lower case. */
export const findFunction = (name: string): SqlFunction | undefined => functions.get(name)
