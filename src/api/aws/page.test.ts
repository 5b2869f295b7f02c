import { expect, it } from 'vitest'
import { parsePage, toPage } from './page.ts'

const names = ['ant', 'bee', 'cat', 'dog', 'eel']

function listFrom(after: string | undefined, limit: number): string[] {
  return names.filter((name) => after === undefined || name > after).slice(0, limit + 1)
}

it.each([1, 2, 3, 5, 6])('pages of %i give each row once, in order, and end', (maxResults) => {
  const seen: string[] = []
  let nextToken: string | undefined
  do {
    const page = parsePage({ nextToken, maxResults })
    const { rows, nextToken: next } = toPage(listFrom(page.after, page.limit), page, (name) => name)
    seen.push(...rows)
    nextToken = next
  } while (nextToken !== undefined)
  expect(seen).toEqual(names)
})

it('an empty list has no next page', () => {
  expect(toPage([], parsePage({}), String)).toEqual({ rows: [], nextToken: undefined })
})

it.each(['', 'not base64!', 'YQ'])('refuses the token %j, which no list gave out', (nextToken) => {
  expect(() => parsePage({ nextToken })).toThrow(expect.objectContaining({ code: 'InvalidRequestException' }))
})
