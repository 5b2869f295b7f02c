/** Somebody who follows the pages of docs/, word for word: their `sh` blocks, with the programs of this machine. */
import { readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { startServerProcess, type ServerProcess } from './server.ts'
import { openShell, type Shell } from './shell.ts'

export interface Reader extends AsyncDisposable {
  shell: Shell
  server: ServerProcess
  /** In a shell of their own, which stops at the first command that fails. */
  follow: (...blocks: string[]) => Promise<string>
  /** What a reader finds in the checkout afterwards. */
  leftFiles: () => string[]
}

export async function openReader(): Promise<Reader> {
  const shell = openShell({})
  symlinkSync(resolve('docs'), join(shell.directory, 'docs'))
  const server = await startServerProcess({ 'data-dir': join(shell.directory, 'data') })
  return {
    shell,
    server,
    follow: (...blocks) => shell.expect(['set -e', 'npx() { "$@"; }', ...blocks].join('\n')),
    leftFiles: () =>
      readdirSync(shell.directory)
        .filter((name) => !name.startsWith('.'))
        .toSorted(),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      shell[Symbol.dispose]()
    },
  }
}

export function blocksOf(page: string): string[] {
  const text = readFileSync(`docs/${page}`, 'utf8')
  return [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block]) => block!)
}
