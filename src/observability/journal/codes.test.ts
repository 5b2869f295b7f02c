import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { reasonCodes } from './codes.ts'

const tests = globSync('{src,test}/**/*.test.ts')
  .filter((file) => !file.endsWith('journal/codes.test.ts'))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n')

it.each(Object.keys(reasonCodes))('the reason code %s is one that a test expects', (code) => {
  expect(tests).toMatch(new RegExp(`['"\` ]${code}['"\` :]`))
})
