/** The text form of keys and certificates. Source: RFC 7468. */

export class PemError extends Error {
  override readonly name = 'PemError'
}

/**
 * The bytes of the first block with this label, e.g. `CERTIFICATE`; text around it is skipped.
 * @throws {PemError} naming what was expected and which label came; never quoting the content
 */
export function decodePem(text: string, label: string): Uint8Array {
  const begin = `-----BEGIN ${label}-----`
  const at = text.indexOf(begin)
  if (at < 0) throw new PemError(`expected PEM text with "${begin}", got ${describe(text)}`)
  const end = text.indexOf(`-----END ${label}-----`, at)
  if (end < 0) throw new PemError(`the PEM text has no "-----END ${label}-----"`)
  const body = text.slice(at + begin.length, end).replaceAll(/\s+/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body)) throw new PemError(`the PEM block "${label}" is not base64`)
  return Buffer.from(body, 'base64')
}

/** Lines of 64 characters, `\n` newlines, one at the end. */
export function encodePem(label: string, bytes: Uint8Array): string {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
  let text = `-----BEGIN ${label}-----\n`
  for (let at = 0; at < base64.length; at += 64) text += `${base64.slice(at, at + 64)}\n`
  return `${text}-----END ${label}-----\n`
}

function describe(text: string): string {
  const found = /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(text)
  if (found) return `a block labelled "${found[1]}"`
  return text.trim() === '' ? 'no text' : 'text without a PEM block'
}
