/** Text that devices chose, for a person to read: control and bidirectional characters become visible. */
// oxlint-disable-next-line no-control-regex -- these are what it is about
const invisible = /[\u0000-\u001F\u007F-\u009F\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g

export function shown(text: string): string {
  return text.replaceAll(
    invisible,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}

/** As `shown`, of text with lines; tabs become spaces. */
export const shownLines = (text: string): string =>
  text
    .split(/\r?\n/)
    .map((line) => shown(line.replaceAll('\t', '  ')))
    .join('\n')
