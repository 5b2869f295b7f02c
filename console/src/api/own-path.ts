/** Of a route of Muster's own; a list is given value by value. */
export type OwnQuery = Readonly<Record<string, string | readonly string[]>>

/** As signatures want it (RFC 3986, 2.3): a plus means a plus to the server. */
const encode = (text: string) =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** The route with its query, in the order of signatures: `curl` signs a query as it is written. */
export function ownPath(route: string, query: OwnQuery): string {
  const search = Object.entries(query)
    .flatMap(([name, values]) => [values].flat().map((value) => [name, encode(value)] as const))
    .toSorted(([name, value], [other, otherValue]) =>
      name === other ? (value < otherValue ? -1 : 1) : name < other ? -1 : 1,
    )
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  return search === '' ? route : `${route}?${search}`
}
