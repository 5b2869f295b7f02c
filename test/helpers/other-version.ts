/** The checkout as a later version may be: a copy that says it is, and whose nodes understand other forms of the wire. */
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Wire } from '../../src/fabric/cluster/wire.ts'

const changed = ['src', 'bin', 'package.json']

export function makeOtherVersion(
  directory: string,
  { version, wire }: { version: string; wire: Wire },
): void {
  mkdirSync(directory)
  cpSync('src', join(directory, 'src'), { recursive: true, filter: (file) => !file.endsWith('.test.ts') })
  cpSync('bin', join(directory, 'bin'), { recursive: true })
  for (const name of readdirSync('.'))
    if (!changed.includes(name) && !name.startsWith('.')) symlinkSync(resolve(name), join(directory, name))
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as object
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ ...manifest, version }))
  const file = join(directory, 'src/fabric/cluster/wire.ts')
  const text = readFileSync(file, 'utf8')
  const other = text.replace(/(ownWire: Wire = ).*/, `$1${JSON.stringify(wire)}`)
  if (other === text) throw new Error(`${file} does not say which forms it understands`)
  writeFileSync(file, other)
}
