import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'

/** What a program logs that has `log`. */
function logged(code: string): string {
  const program = `const { createLog } = await import('./src/lib/log.ts'); const log = createLog('info'); ${code}`
  return spawnSync(process.execPath, ['--input-type=module', '-e', program]).stderr.toString()
}

it.each(['err', 'error'])('tells what an error under the name %s says, and where it was thrown', (name) => {
  const line = JSON.parse(
    logged(`log.error({ ${name}: new Error('why it failed') }, 'it failed')`),
  ) as Record<string, unknown>
  expect(line).toMatchObject({
    msg: 'it failed',
    [name]: { message: 'why it failed', stack: expect.stringContaining('Error: why') },
  })
})

it('strikes out secrets', () => {
  expect(
    logged(`log.error({ secretAccessKey: 'hunter2', of: { privateKey: 'hunter2' } }, 'it failed')`),
  ).not.toContain('hunter2')
})
