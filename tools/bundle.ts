/**
 * Brings the server and its commands, with the packages that they import, together in a few files, so that a start reads and resolves
 * some ten of them instead of a thousand. Names stay as they are, and each file has its map: a stack can be read.
 */
import { isBuiltin } from 'node:module'
import { basename, relative, resolve, sep } from 'node:path'
import { rolldown, type OutputChunk, type Plugin } from 'rolldown'

export interface Bundle {
  /** Packages that are in the files. */
  bundled: string[]
  /** Packages that the files import, and whoever installs them has to bring. */
  imported: string[]
}

/** They stay packages: for functions, which find them by name, and for `muster copy`. */
const apart = /^@aws-sdk\//
/** What packages look for and do without. */
const absent = ['pg-native', 'bufferutil', 'utf-8-validate']

/** @param directory where the files go, below the root of the package: as deep as `src/`, unless what is brought together asks for no place */
export async function bundle(entry: string, directory: string): Promise<Bundle> {
  const build = await rolldown({
    input: { [basename(entry, '.ts')]: entry },
    platform: 'node',
    external: (id) => apart.test(id) || absent.includes(id),
    plugins: [keepPlaces()],
    logLevel: 'warn',
  })
  const { output } = await build.write({
    dir: directory,
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  })
  await build.close()
  const chunks = output.filter((file): file is OutputChunk => file.type === 'chunk')
  const files = new Set(output.map(({ fileName }) => fileName))
  const imports = chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports])
  const outside = imports.filter((id) => !files.has(id) && !isBuiltin(id) && !absent.includes(id))
  return {
    bundled: unique(chunks.flatMap(({ moduleIds }) => moduleIds.flatMap(packageOf))),
    imported: unique(outside.map((id) => id.split('/', id.startsWith('@') ? 2 : 1).join('/'))),
  }
}

const unique = (names: string[]) => [...new Set(names)].toSorted()

function packageOf(moduleId: string): string[] {
  const inside = moduleId.split(`${sep}node_modules${sep}`).at(-1)
  if (inside === undefined || inside === moduleId) return []
  return [inside.split(sep, inside.startsWith('@') ? 2 : 1).join('/')]
}

/**
 * What a file of the checkout finds by its own place (models, pages, threads, runtimes of functions) is found from the bundle
 * too, which is as deep as `src/`.
 */
function keepPlaces(): Plugin {
  return {
    name: 'keep-places',
    transform: {
      filter: { code: 'import.meta.url' },
      handler(code, id) {
        const place = relative(resolve('src'), id)
        if (place.startsWith('..')) return undefined
        const url = `new URL(${JSON.stringify(`../src/${place.replaceAll(sep, '/').replace(/\.ts$/, '.js')}`)}, import.meta.url).href`
        return { code: code.replaceAll('import.meta.url', url), map: null }
      },
    },
  }
}
