/** The list of what a backup holds, its first member: by it everything else is checked. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { BackupError, damaged } from './backup-error.ts'
import { databaseName } from './members.ts'

export const manifestName = 'manifest.json'
const format = 1

const member = z.strictObject({
  /** Relative, with `/`. */
  path: z.string().min(1),
  /** Bytes. */
  size: z.number().int().min(0),
  /** Hexadecimal. */
  sha256: z.string().regex(/^[\da-f]{64}$/),
})
const schema = z.object({
  format: z.literal(format),
  /** Of the Muster that made it. */
  version: z.string(),
  /** ISO 8601: the moment that the database is of, or a little before. */
  createdAt: z.iso.datetime(),
  members: z.array(member),
})

export type Manifest = z.infer<typeof schema>

/** Writes the manifest of all files in `directory` into it. */
export async function writeManifest(
  directory: string,
  about: Pick<Manifest, 'version' | 'createdAt'>,
): Promise<Manifest> {
  const paths = await listFiles(directory)
  const members = await Promise.all(paths.map((path) => describeMember(directory, path)))
  const manifest: Manifest = { format, ...about, members }
  await writeFile(join(directory, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`)
  return manifest
}

/**
 * Compares the files in `directory` with the manifest among them.
 * @throws {BackupError} for a file that is missing, changed, or of nobody's list; for a manifest of a newer format
 */
export async function checkManifest(directory: string): Promise<Manifest> {
  const manifest = await readManifest(directory)
  const listed = new Map(manifest.members.map((one) => [one.path, one]))
  const found = (await listFiles(directory)).filter((path) => path !== manifestName)
  const added = found.find((path) => !listed.has(path))
  if (added !== undefined) throw damaged(`it holds ${added}, which is not on its list`)
  const present = new Set(found)
  for (const { path, size, sha256 } of manifest.members) {
    if (!present.has(path)) throw damaged(`${path} is missing`)
    const is = await describeMember(directory, path)
    if (is.size !== size || is.sha256 !== sha256) throw damaged(`${path} is not what its checksum says`)
  }
  for (const needed of [databaseName, 'secrets.key'])
    if (!present.has(needed)) throw damaged(`${needed} is missing`)
  return manifest
}

async function readManifest(directory: string): Promise<Manifest> {
  const text = await readFile(join(directory, manifestName), 'utf8').catch((cause: unknown) => {
    throw damaged(`${manifestName} is missing`, cause)
  })
  const json = parseJson(text)
  const newer = z.object({ format: z.number().min(format + 1), version: z.string() }).safeParse(json)
  if (newer.success)
    throw new BackupError(
      `the backup was made by Muster ${newer.data.version} in format ${newer.data.format}, and this version knows ` +
        `format ${format}: use that version or a newer one`,
    )
  const parsed = schema.safeParse(json)
  if (!parsed.success) throw damaged(`${manifestName} is not a list of its members`, parsed.error)
  return parsed.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw damaged(`${manifestName} is not JSON`, cause)
  }
}

async function describeMember(directory: string, path: string): Promise<Manifest['members'][number]> {
  const file = join(directory, path)
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return { path, size: (await stat(file)).size, sha256: hash.digest('hex') }
}

/** In order, links and whatever is no file left out. */
async function listFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files.map((entry) => relative(directory, join(entry.parentPath, entry.name))).toSorted()
}
