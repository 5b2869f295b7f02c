/** A database's URL without its password, for people. */
export function describeDatabase(url: string): string {
  const { hostname, port, pathname, username } = new URL(url)
  const user = username === '' ? '' : `${username}@`
  return `the database postgres://${user}${hostname}${port === '' ? '' : `:${port}`}${pathname}`
}
