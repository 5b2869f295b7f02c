/** What is wrong with a provisioning template or with a value put into it, and where. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  /** Path into the template, e.g. `Resources.thing.Properties.ThingName`. */
  readonly place: string

  constructor(place: string, reason: string) {
    super(`${place}: ${reason}`)
    this.place = place
  }
}

const maxQuotedCharacters = 64

/** `text` as it may stand in a message: quoted, escaped, and short, whatever a device has sent. */
export function quoted(text: string): string {
  const short = text.length > maxQuotedCharacters ? `${text.slice(0, maxQuotedCharacters)}…` : text
  return JSON.stringify(short)
}
