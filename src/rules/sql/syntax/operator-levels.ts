import type { Operator } from './syntax-tree.ts'

/** From the weakest to the strongest; NOT stands between AND and the comparisons. */
export const levels: readonly ReadonlyMap<string, Operator>[] = [
  new Map([['or', 'or']]),
  new Map([['and', 'and']]),
  new Map<string, Operator>([
    ['=', '='],
    ['<>', '<>'],
    ['!=', '<>'], // assumed: AWS takes it, as most SQL does
    ['<', '<'],
    ['<=', '<='],
    ['>', '>'],
    ['>=', '>='],
    ['in', 'in'],
  ]),
  new Map<string, Operator>([
    ['+', '+'],
    ['-', '-'],
  ]),
  new Map<string, Operator>([
    ['*', '*'],
    ['/', '/'],
    ['%', '%'],
  ]),
]
export const comparisonLevel = 2
export const productLevel = 4
