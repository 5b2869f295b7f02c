/** Functions that are made, changed, and called, for the tests of operations. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Lambda } from '@aws-sdk/client-lambda'
import { expect } from 'vitest'
import { accountId, openTestAccount, region, type TestAccount } from './test-account.ts'

export const arnOf = (name: string) => `arn:aws:lambda:${region}:${accountId}:function:${name}`

/** The code of a function that always answers the same. */
export const answer = (value: unknown) => ({
  'index.js': `exports.handler = async () => (${JSON.stringify(value)})`,
})

/** How many packages are kept. */
export const codeFiles = ({ directory }: TestAccount) =>
  readdirSync(join(directory, 'functions', accountId)).length

export const refused = (name: string, message?: RegExp) =>
  message ? { name, message: expect.stringMatching(message) as string } : { name }

export async function openTestFunctions() {
  const account = await openTestAccount()
  let count = 0
  return {
    account,
    lambda: new Lambda(account.client),

    /** Makes a function that answers 1, and gives its name. */
    fresh: async (more: object = {}): Promise<string> => {
      const name = `function-${++count}`
      await account.create(name, answer(1), more)
      return name
    },
  }
}

export type TestFunctions = Awaited<ReturnType<typeof openTestFunctions>>
