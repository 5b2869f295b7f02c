/** C that is preloaded into a server. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** `name`: of a file beside this one, without `.c`. Gives the library. */
export function buildShim(name: string): string {
  const file = join(mkdtempSync(join(tmpdir(), `muster-${name}-`)), `${name}.so`)
  const source = resolve(`test/helpers/${name}.c`)
  execFileSync('gcc', ['-O2', '-shared', '-fPIC', '-o', file, source, '-ldl', '-lpthread'])
  return file
}
