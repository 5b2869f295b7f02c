import { serialize } from 'node:v8'
import { expect, it } from 'vitest'
import { commonForm, ownWire, type Wire } from './wire.ts'

const wire = (from: number, to: number): Wire => ({ from, to })

it.each([
  ['of one version', [wire(1, 1), wire(1, 1)], 1],
  ['of neighbouring versions: that of the older', [wire(1, 2), wire(1, 1), wire(1, 2)], 1],
  ['which all know the new one', [wire(1, 2), wire(1, 2)], 2],
  ['of neighbouring versions, later', [wire(2, 3), wire(1, 2)], 2],
])('nodes %s speak one form', (_, wires, form) => expect(commonForm(wires)).toBe(form))

it.each([
  ['two versions apart', [wire(2, 3), wire(1, 1)]],
  ['of which two have no form in common', [wire(1, 2), wire(2, 3), wire(1, 1)]],
])('nodes %s do not understand each other', (_, wires) => expect(commonForm(wires)).toBeUndefined())

it('another format of V8 is another form: an older V8 does not read what a newer one writes', () => {
  expect({ wire: ownWire, format: serialize('')[1] }).toEqual({ wire: { from: 1, to: 2 }, format: 15 })
})
