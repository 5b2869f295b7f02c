/** The library that makes and takes apart certificates takes a while to load, and most starts of a server need nothing of it. */
export async function loadX509() {
  await import('reflect-metadata') // first: the library asks for it when it is loaded
  return import('@peculiar/x509')
}

export type X509 = Awaited<ReturnType<typeof loadX509>>
