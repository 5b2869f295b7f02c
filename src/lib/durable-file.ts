/** Files that outlive a power cut. */
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Whatever happens when, the file holds the old content or the new one, never half of it; once this resolves, the
 * new one, even after a power cut: content, then name, then directory. `mode` as for `chmod`.
 */
export async function replaceFile(file: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const draft = `${file}.new`
  {
    await using written = await open(draft, 'w', mode)
    await written.writeFile(content)
    await written.sync()
  }
  await renameDurably(draft, file)
}

/** Once this resolves, `file` is what `draft` was even after a power cut. */
export async function renameDurably(draft: string, file: string): Promise<void> {
  await rename(draft, file)
  await syncPath(dirname(file))
}

/** Brings a file, or a directory's list of names, to the disk. */
export async function syncPath(path: string): Promise<void> {
  await using opened = await open(path, 'r')
  await opened.sync()
}
