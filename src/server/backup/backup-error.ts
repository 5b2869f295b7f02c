/** Why there is no backup, or why one is not to be relied on; for a person. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}

/** `damaged` in words that hold for every way in which it can show. */
export const damaged = (what: string, cause?: unknown): BackupError =>
  new BackupError(`the backup is damaged: ${what}`, { cause })
