/** Addresses of logs: names of groups and streams hold slashes, so they stand in the query. */
interface Events {
  group: string
  stream?: string
  pattern?: string
}

/** What would be read as another JSON value is quoted, as the router does it. */
function asText(value: string): string {
  try {
    JSON.parse(value)
    return JSON.stringify(value)
  } catch {
    return value
  }
}

const search = (values: Record<string, string | undefined>) =>
  Object.entries(values)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(asText(value))}`)
    .join('&')

export const groupHref = (group: string): string => `/log-groups/group?${search({ group })}`
export const eventsHref = ({ group, stream, pattern }: Events): string =>
  `/log-groups/events?${search({ group, stream, pattern })}`
