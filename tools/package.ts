/**
 * Makes the npm package in dist/package, and its tarball, its bill of materials, and their checksums beside it: JavaScript in a few
 * files, with the packages that it imports in them, and a package.json that asks for the rest and nothing else. `npm run package`.
 */
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { hash } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { bundle } from './bundle.ts'
import { packageManifest, type CheckoutManifest, type PackageManifest } from './package-manifest.ts'
import { shippedBom, type Bom } from './sbom.ts'
import { bundledNotices, isBuilder } from './third-party.ts'

const stage = 'dist/package'
const sha256 = (file: string): string => hash('sha256', readFileSync(file), 'hex')
const read = (file: string) => readFileSync(file, 'utf8')
const write = (file: string, text: string) => writeFileSync(join(stage, file), text)

rmSync(stage, { recursive: true, force: true })
mkdirSync(stage, { recursive: true })
if (!existsSync('console/dist/index.html'))
  throw new Error('there is no console: npm run build:console first')
const { bundled, imported } = await bundle('src/cli/main.ts', join(stage, 'server'))
await bundle('src/server/copies/thread.ts', join(stage, 'src/server/copies')) // a thread is a file of its own
const others = globSync('src/**/*.{mjs,py}').filter((file) => !file.includes('/testing/'))
for (const path of [
  ...others,
  'bin',
  'models',
  'console/dist',
  'LICENSE',
  'NOTICE',
  'README.md',
  'CHANGELOG.md',
  'docs',
])
  cpSync(path, join(stage, path), { recursive: true })
replaceOnce('bin/muster.js', "import('../src/cli/main.ts')", "import('../server/main.js')")

refuseTypeScriptPaths(globSync('**/*.{js,mjs}', { cwd: stage, exclude: ['console/**'] }))
const checkout = JSON.parse(read('package.json')) as CheckoutManifest
const manifest = packageManifest(checkout, imported)
write('package.json', `${JSON.stringify(manifest, undefined, 2)}\n`)
const notices = [
  bundledNotices('The server and its commands (server)', '.', bundled),
  bundledNotices('The pages of the console (console/dist)', 'console', pagePackages()),
]
write('THIRD-PARTY-NOTICES', notices.join('\n'))

const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', '..'], {
  cwd: stage,
  encoding: 'utf8',
})
const [{ filename = '' } = {}] = JSON.parse(packed) as { filename?: string }[]
const tarball = join(dirname(stage), filename)
process.stdout.write(`${tarball}: ${(statSync(tarball).size / 1e6).toFixed(1)} MB\n`)

const bill = tarball.replace(/\.tgz$/, '.cdx.json')
writeFileSync(bill, `${JSON.stringify(billOf(manifest), undefined, 2)}\n`)
const sums = [tarball, bill].map((file) => `${sha256(file)}  ${basename(file)}\n`)
writeFileSync(join(dirname(stage), 'SHA256SUMS'), sums.join(''))

function billOf({ name, version, dependencies }: PackageManifest): object {
  const inServer = bundled.filter((one) => Object.hasOwn(checkout.dependencies, one))
  return shippedBom({
    name,
    version,
    server: { bom: npmBill('.'), names: [...Object.keys(dependencies), ...inServer] },
    console: { bom: npmBill('console'), names: pagePackages() },
  })
}

function pagePackages(): string[] {
  const pages = JSON.parse(read('console/package.json')) as { dependencies: Record<string, string> }
  return Object.keys(pages.dependencies).filter((one) => !isBuilder(one))
}

function npmBill(cwd: string): Bom {
  const args = ['sbom', '--sbom-format=cyclonedx', '--package-lock-only']
  return JSON.parse(execFileSync('npm', args, { cwd, encoding: 'utf8', maxBuffer: 1 << 26 })) as Bom
}

/** A path that is put together at run time is not seen by the compiler. */
function refuseTypeScriptPaths(files: readonly string[]): void {
  const faulty = files.filter((file) => /['"`]\.{1,2}\/[^'"`\n]*\.ts['"`]/.test(read(join(stage, file))))
  if (faulty.length > 0) throw new Error(`these files name TypeScript: ${faulty.join(', ')}`)
}

function replaceOnce(file: string, from: string, to: string): void {
  const text = read(join(stage, file))
  if (text.split(from).length !== 2) throw new Error(`${file} does not hold ${from} once`)
  write(file, text.replace(from, to))
}
