import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeMarker, encodeMarker } from './page-marker.ts'

it('gives back any key, in the alphabet that the API model allows', () => {
  const property = fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (key) => {
    expect(decodeMarker(encodeMarker(key))).toBe(key)
    expect(encodeMarker(key)).toMatch(/^[A-Za-z0-9+/]+={0,2}$/)
  })
  fc.assert(property)
})

it('has no key without a marker', () => {
  expect(decodeMarker(undefined)).toBeUndefined()
})

it.each(['', 'x', '!!!', 'YQ', 'YQ==\n', '/w=='])('refuses %j, which it never gave out', (marker) => {
  expect(() => decodeMarker(marker)).toThrow('the page marker is not one')
})
