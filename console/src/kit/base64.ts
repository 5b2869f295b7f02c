/** Blobs of the API that hold text: UTF-8 in base64. */
export const toBase64 = (text: string): string =>
  btoa(String.fromCodePoint(...new TextEncoder().encode(text)))

export const fromBase64 = (base64: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.codePointAt(0) ?? 0))
