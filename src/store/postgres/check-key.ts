import { checkKey } from '../seal-secrets.ts'
import type { SecretBox } from '../secret-box.ts'
import type { PostgresWriter } from './writer.ts'

/**
 * One secret is as good as all: they have the same key.
 * @throws {Error} when the database was sealed with another key
 */
export async function checkOwnKey(writer: PostgresWriter, box: SecretBox, file?: string): Promise<void> {
  const [sealed] = await writer.ask<{ id: string; secret: string }>(
    'select access_key_id as id, secret_access_key as secret from iam_access_keys limit 1',
  )
  checkKey(box, sealed, file)
}
