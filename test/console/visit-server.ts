/** Around the tests of a file: one server, and the console's session of its root. */
import { afterAll, beforeAll } from 'vitest'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { Visitor } from './visitor.ts'

export interface Here {
  server: TestServer
  visitor: Visitor
}

/** `arrive` is told where the tests are, and may prepare what they need. */
export function visitServer(arrive: (here: Here) => void | Promise<void>): void {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
    const visitor = new Visitor(server.endpoints.apiUrl)
    await visitor.signIn(server.rootKey)
    await arrive({ server, visitor })
  })
  afterAll(() => server[Symbol.asyncDispose]())
}
