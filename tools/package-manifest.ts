/** The package.json of the npm package, from that of the checkout and what its files import. Pure. */

export interface CheckoutManifest {
  version: string
  description: string
  license: string
  dependencies: Record<string, string>
}

export interface PackageManifest {
  name: string
  version: string
  dependencies: Record<string, string>
}

/**
 * Not imported. The one brings the Node that runs everything else; the other is for functions that decide about devices, as
 * those of the tour do. Other SDKs, which functions find when they are there, are for the operator to add.
 */
const always = ['node', '@aws-sdk/client-iot']

/** @throws {Error} for an import that the checkout does not have as a dependency */
export function packageManifest(checkout: CheckoutManifest, imports: readonly string[]): PackageManifest {
  const { version, description, license, dependencies: known } = checkout
  const imported = new Set([...always, ...imports])
  const unknown = [...imported].filter((name) => !Object.hasOwn(known, name))
  if (unknown.length > 0) throw new Error(`not among the dependencies: ${unknown.join(', ')}`)
  const manifest = {
    name: 'muster-iot',
    version,
    description,
    license,
    type: 'module',
    bin: { muster: 'bin/muster.js' },
    man: ['docs/muster.1'],
    engines: { node: '>=20' },
    publishConfig: { access: 'public', provenance: true },
    dependencies: Object.fromEntries([...imported].toSorted().map((name) => [name, known[name] ?? ''])),
  }
  return manifest
}
