/** Unpacked deployment packages: one folder each, shared by all who use it. */
import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { extractArchive } from './archive.ts'

export interface UnpackedCode extends AsyncDisposable {
  directory: string
}

interface Folder {
  directory: Promise<string>
  users: number
  /** To be cleared away with its last user. */
  isRemoved: boolean
}

export class UnpackedFolders {
  readonly #runDirectory: string
  readonly #folders = new Map<string, Folder>()

  constructor(runDirectory: string) {
    this.#runDirectory = runDirectory
  }

  /** The folder is there until the last of those who asked for it is disposed. */
  async use(codeId: string, readArchive: () => Promise<Uint8Array>): Promise<UnpackedCode> {
    const present = this.#folders.get(codeId)
    const folder = present ?? { directory: this.#fill(codeId, readArchive), users: 0, isRemoved: false }
    this.#folders.set(codeId, folder)
    folder.users += 1
    const leave = async () => {
      folder.users -= 1
      await this.#clearAway(codeId, folder)
    }
    try {
      return { directory: await folder.directory, [Symbol.asyncDispose]: leave }
    } catch (cause) {
      folder.isRemoved = true // a part of it may be there: the next one starts afresh
      await leave()
      throw cause
    }
  }

  /** Clears it away as soon as nobody uses it. */
  async remove(codeId: string): Promise<void> {
    const folder = this.#folders.get(codeId)
    if (!folder) return
    folder.isRemoved = true
    await this.#clearAway(codeId, folder)
  }

  async #fill(codeId: string, readArchive: () => Promise<Uint8Array>): Promise<string> {
    const directory = join(this.#runDirectory, `code-${codeId}`)
    const archive = await readArchive()
    await mkdir(directory)
    await extractArchive(archive, directory)
    await chmod(directory, 0o755)
    return directory
  }

  async #clearAway(codeId: string, folder: Folder): Promise<void> {
    if (folder.users > 0 || !folder.isRemoved) return
    this.#folders.delete(codeId)
    await rm(join(this.#runDirectory, `code-${codeId}`), { recursive: true, force: true })
  }
}
