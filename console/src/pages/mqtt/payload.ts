/** Payloads for a person to read. What is in them is a device's: characters that cannot be seen are made visible. */
import { shown } from '../../kit/shown.ts'

export type View = 'json' | 'text' | 'hex'

const shownBytes = 16 * 1024
const bytesALine = 16

/** Lines of text. Longer payloads are cut, and say so. */
export function showPayload(payload: Uint8Array, view: View): string {
  const rest = payload.length - shownBytes
  const head = payload.subarray(0, shownBytes)
  const text = view === 'hex' ? toHex(head) : toText(payload, head, view)
  return rest > 0 ? `${text}\n… and ${rest} bytes more` : text
}

function toText(payload: Uint8Array, head: Uint8Array, view: View): string {
  const text = new TextDecoder().decode(head)
  if (view === 'json' && head.length === payload.length) {
    try {
      return showLines(JSON.stringify(JSON.parse(text), undefined, 2))
    } catch {
      // it is no JSON: shown as the text it is
    }
  }
  return showLines(text)
}

const showLines = (text: string) => text.split('\n').map(shown).join('\n')

function toHex(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += bytesALine) {
    const line = bytes.subarray(at, at + bytesALine)
    const digits = Array.from(line, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const characters = Array.from(line, (byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.',
    )
    lines.push(
      `${at.toString(16).padStart(6, '0')}  ${digits.padEnd(bytesALine * 3 - 1)}  ${characters.join('')}`,
    )
  }
  return lines.join('\n')
}

/** Bytes from hex digits, with spaces or without; `undefined` for what is none. */
export function fromHex(text: string): Uint8Array | undefined {
  const digits = text.replaceAll(/\s/g, '')
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) return undefined
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}
