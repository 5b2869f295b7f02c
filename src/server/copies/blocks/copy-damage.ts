/** What is in a file of copies is not what was written there. */
export class CopyDamage extends Error {
  override readonly name = 'CopyDamage'
}
