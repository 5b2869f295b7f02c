import { expect, it } from 'vitest'
import { createTracer } from '../observability/traces/tracer.ts'
import type { Store } from '../store/index.ts'
import { openTestStore } from '../../test/helpers/store.ts'
import { tracedStore } from './server-tracing.ts'

it.each(['within a span', 'by itself'])(
  'a transaction %s has all that it was given, and its value',
  async (where) => {
    await using opened = await openTestStore()
    const given: unknown[][] = []
    const transact: Store['transact'] = (...all) => {
      given.push(all)
      return opened.transact(...all)
    }
    const names: string[] = []
    const { trace, note, isWithin } = createTracer(({ name }) => names.push(name))
    const tracing = { trace, note, isWithin, [Symbol.asyncDispose]: async () => {} }
    const store = tracedStore({ ...opened, transact }, tracing)
    const all = [async () => 7, () => [], ['thing lamp']] as const
    const act = () => store.transact(...all)
    expect(await (where === 'by itself' ? act() : trace({ name: 'call' }, act))).toBe(7)
    expect(given).toEqual([all])
    expect(names).toEqual(where === 'by itself' ? [] : ['commit', 'call'])
  },
)
