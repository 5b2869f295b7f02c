/**
 * What is in the npm package and what is installed with it, in CycloneDX (ECMA-424): npm's own bill of materials of the
 * checkout, without what only building and testing needs. Pure.
 */

/** Of CycloneDX JSON, as far as it is looked at. */
export interface Bom {
  metadata: { component: object; timestamp?: string }
  components: BomComponent[]
  dependencies: { ref: string; dependsOn: string[] }[]
  serialNumber?: string
}

interface BomComponent {
  'bom-ref': string
  name: string
  version: string
  hashes?: { alg: string; content: string }[]
  licenses?: object[]
}

/** Those that are reached from the names, with what reaches them. Optional ones of other platforms are there too. */
function reachedFrom({ components, dependencies }: Bom, names: readonly string[]): Set<string> {
  const nextOf = new Map(dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]))
  const roots = new Set(dependencies[0]?.dependsOn)
  const isRoot = ({ name, 'bom-ref': ref }: BomComponent) => names.includes(name) && roots.has(ref)
  const found = new Set<string>()
  const left = components.filter(isRoot).map((component) => component['bom-ref'])
  for (let ref = left.pop(); ref !== undefined; ref = left.pop()) {
    if (found.has(ref)) continue
    found.add(ref)
    left.push(...(nextOf.get(ref) ?? []))
  }
  return found
}

export interface Shipped {
  name: string
  version: string
  /** npm's bill of the checkout, and what of it the package asks for. */
  server: { bom: Bom; names: readonly string[] }
  /** The same of the console, whose code is in the package itself. */
  console: { bom: Bom; names: readonly string[] }
}

/**
 * The same for the same lock files, whenever it is made.
 * @throws {Error} naming what has no hash or no license, or is asked for and not there
 */
export function shippedBom({ name, version, server, console: pages }: Shipped): object {
  const own = `${name}@${version}`
  const parts = [server, pages].map(({ bom, names }) => {
    const missing = names.filter((one) => !bom.components.some((component) => component.name === one))
    if (missing.length > 0) throw new Error(`not in the bill of materials: ${missing.join(', ')}`)
    const found = reachedFrom(bom, names)
    const components = bom.components.filter((component) => found.has(component['bom-ref']))
    return { components, dependencies: bom.dependencies.filter(({ ref }) => found.has(ref)), names }
  })
  const components = new Map(
    parts.flatMap((part) => part.components).map((component) => [component['bom-ref'], component]),
  )
  checkComplete([...components.values()])
  const direct = parts.flatMap((part) =>
    part.components.filter((component) => part.names.includes(component.name)).map((one) => one['bom-ref']),
  )
  const dependencies = new Map(parts.flatMap((part) => part.dependencies).map((one) => [one.ref, one]))
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      component: {
        'bom-ref': own,
        type: 'application',
        name,
        version,
        purl: `pkg:npm/${own}`,
        licenses: [{ license: { id: 'Apache-2.0' } }],
      },
    },
    components: [...components.values()].toSorted((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1)),
    dependencies: [{ ref: own, dependsOn: [...new Set(direct)].toSorted() }, ...dependencies.values()],
  }
}

function checkComplete(components: readonly BomComponent[]): void {
  const faulty = components.filter(
    ({ hashes = [], licenses = [] }) => hashes.length === 0 || licenses.length === 0,
  )
  if (faulty.length > 0)
    throw new Error(`without a hash or a license: ${faulty.map((one) => one['bom-ref']).join(', ')}`)
}
