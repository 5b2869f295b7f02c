import { describe, expect, it } from 'vitest'
import { findStrongest } from '../testing/strongest-isolation.ts'
import { openTestAccount } from '../testing/test-account.ts'

const strongest = await findStrongest()

describe('temporary directories that are memory', () => {
  const keep = (megabytes: number) => `const fs = require('fs'), os = require('os')
    exports.handler = async ({ looks }) => {
      if (looks) return fs.existsSync(os.tmpdir() + '/kept')
      fs.writeFileSync(os.tmpdir() + '/kept', Buffer.alloc(${megabytes}e6))
      await new Promise((resolve) => setTimeout(resolve, 1000))
      return 'kept'
    }`

  it.runIf(strongest !== 'none')(
    'hold no more than all functions together may, and the fullest goes',
    async () => {
      await using account = await openTestAccount({ maxScratchMb: 120, isolation: strongest })
      const more = { Timeout: 20, MemorySize: 512 }
      await account.create('large', { 'index.js': keep(80) }, more)
      await account.create('small', { 'index.js': keep(60) }, more)
      await account.create('greedy', { 'index.js': keep(150) }, more)
      expect((await account.invoke('large')).answer).toBe('kept')
      expect((await account.invoke('large', { looks: true })).answer).toBe(true)
      expect((await account.invoke('small')).answer).toBe('kept')
      expect(account.logOf('large')).toContainEqual(expect.stringContaining('held more than 120 MB'))
      expect((await account.invoke('large', { looks: true })).answer).toBe(false)
      expect((await account.invoke('greedy')).answer).toMatchObject({
        errorMessage: expect.stringMatching(/signal: killed$/),
      })
      expect((await account.invoke('small', { looks: true })).answer).toBe(true)
    },
  )
})
