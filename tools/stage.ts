/** Brings what runs together in a folder: JavaScript in a few files, what it reads, and the command. */
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle, type Bundle } from './bundle.ts'

/** @param directory is emptied first */
export async function stage(directory: string): Promise<Bundle> {
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  const found = await bundle('src/cli/main.ts', join(directory, 'server'))
  await bundle('src/server/copies/thread.ts', join(directory, 'src/server/copies')) // a thread is a file of its own
  const others = globSync('src/**/*.{mjs,py}').filter((file) => !file.includes('/testing/'))
  for (const path of [...others, 'bin', 'models', 'console/dist'])
    cpSync(path, join(directory, path), { recursive: true })
  replaceOnce(join(directory, 'bin/muster.js'), "import('../src/cli/main.ts')", "import('../server/main.js')")
  refuseTypeScriptPaths(globSync('**/*.{js,mjs}', { cwd: directory, exclude: ['console/**'] }), directory)
  return found
}

/** A path that is put together at run time is not seen by the compiler. */
function refuseTypeScriptPaths(files: readonly string[], directory: string): void {
  const names = (file: string) => readFileSync(join(directory, file), 'utf8')
  const faulty = files.filter((file) => /['"`]\.{1,2}\/[^'"`\n]*\.ts['"`]/.test(names(file)))
  if (faulty.length > 0) throw new Error(`these files name TypeScript: ${faulty.join(', ')}`)
}

function replaceOnce(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8')
  if (text.split(from).length !== 2) throw new Error(`${file} does not hold ${from} once`)
  writeFileSync(file, text.replace(from, to))
}
