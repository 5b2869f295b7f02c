/** Of a route of Muster's own; a list is given value by value. */
export type OwnQuery = Readonly<Record<string, string | readonly string[]>>

/** The route with its query. A plus means a plus to the server. */
export function ownPath(route: string, query: OwnQuery): string {
  const search = Object.entries(query)
    .flatMap(([name, values]) => [values].flat().map((value) => `${name}=${encodeURIComponent(value)}`))
    .join('&')
  return search === '' ? route : `${route}?${search}`
}
