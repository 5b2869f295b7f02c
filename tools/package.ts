/**
 * Makes the npm package in dist/package, and its tarball, its bill of materials, and their checksums beside it: JavaScript in a few
 * files, with the packages that it imports in them, and a package.json that asks for the rest and nothing else. `npm run package`.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { hash } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { packageManifest, type CheckoutManifest, type PackageManifest } from './package-manifest.ts'
import { shippedBom, type Bom } from './sbom.ts'
import { stage } from './stage.ts'
import { bundledNotices, isBuilder } from './third-party.ts'

const folder = 'dist/package'
const sha256 = (file: string): string => hash('sha256', readFileSync(file), 'hex')
const read = (file: string) => readFileSync(file, 'utf8')
const write = (file: string, text: string) => writeFileSync(join(folder, file), text)

if (!existsSync('console/dist/index.html'))
  throw new Error('there is no console: npm run build:console first')
const { bundled, imported } = await stage(folder)
for (const path of ['LICENSE', 'NOTICE', 'README.md', 'CHANGELOG.md', 'docs'])
  cpSync(path, join(folder, path), { recursive: true })
const checkout = JSON.parse(read('package.json')) as CheckoutManifest
const manifest = packageManifest(checkout, imported)
write('package.json', `${JSON.stringify(manifest, undefined, 2)}\n`)
const notices = [
  bundledNotices('The server and its commands (server)', '.', bundled),
  bundledNotices('The pages of the console (console/dist)', 'console', pagePackages()),
]
write('THIRD-PARTY-NOTICES', notices.join('\n'))

const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', '..'], {
  cwd: folder,
  encoding: 'utf8',
})
const [{ filename = '' } = {}] = JSON.parse(packed) as { filename?: string }[]
const tarball = join(dirname(folder), filename)
process.stdout.write(`${tarball}: ${(statSync(tarball).size / 1e6).toFixed(1)} MB\n`)

const bill = tarball.replace(/\.tgz$/, '.cdx.json')
writeFileSync(bill, `${JSON.stringify(billOf(manifest), undefined, 2)}\n`)
const sums = [tarball, bill].map((file) => `${sha256(file)}  ${basename(file)}\n`)
writeFileSync(join(dirname(folder), 'SHA256SUMS'), sums.join(''))

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
