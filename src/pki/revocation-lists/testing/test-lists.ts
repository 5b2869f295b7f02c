/** A CA with a web server that has its list, for the tests of revocation lists. */
import { once } from 'node:events'
import { mkdirSync, readdirSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'vitest'
import {
  accountId,
  openFleet,
  region,
  registerCa,
  type Fleet,
  type RegisteredCa,
} from '../../../../test/helpers/fleet.ts'
import { openOutbound } from '../../../../test/helpers/outbound.ts'
import { patienceMs } from '../../../../test/helpers/patience.ts'
import { makeCrl, type CrlOptions } from '../../../../test/helpers/revocation-lists.ts'
import type { Change } from '../../../fabric/in-process/index.ts'
import { iotArn } from '../../../lib/arn.ts'
import { tagsOperations } from '../../../registry/tags/index.ts'
import { findCaCertificate } from '../../certificates/index.ts'
import { startRevocationLists, type RevocationLists } from '../revocation-lists.ts'

export const revoked = { serialNumber: 'A1' }
export const fine = { serialNumber: 'B2' }

/** Of one test. */
export class ListScene implements AsyncDisposable {
  readonly fleet: Fleet
  readonly ca: RegisteredCa
  readonly changes: Change[] = []
  lists!: RevocationLists
  url = ''
  /** What the CA's web server answers, and what it was asked. */
  answer: (request: IncomingMessage, response: ServerResponse) => void = (request) => request.socket.destroy()
  readonly requests: IncomingMessage[] = []
  /** Hears what the server logs. */
  onError: (...parts: unknown[]) => void = (...parts) => expect.fail(JSON.stringify(parts))
  private readonly stack = new AsyncDisposableStack()

  constructor(fleet: Fleet, ca: RegisteredCa) {
    this.fleet = this.stack.use(fleet)
    this.ca = ca
    mkdirSync(this.crlDirectory())
  }

  crlDirectory = () => join(this.fleet.directory, 'crl')
  keptFiles = () => readdirSync(join(this.fleet.directory, 'revocation-lists'))

  async serve(): Promise<void> {
    const server = createServer((request, response) => {
      this.requests.push(request)
      this.answer(request, response)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    this.stack.defer(() => server.close().closeAllConnections())
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ca.crl`
  }

  async start(): Promise<void> {
    const { store, fabric, now, directory } = this.fleet
    this.lists = this.stack.use(
      await startRevocationLists({
        store,
        fabric,
        now,
        record: (entry) => this.fleet.entries.push(entry),
        log: { error: (...parts: unknown[]) => this.onError(...parts), warn: () => undefined },
        outbound: this.stack.use(openOutbound('loopback')),
        dataDirectory: directory,
        maxFirstLookMs: patienceMs,
      }),
    )
  }

  key = () => ({ accountId, caCertificateId: this.ca.caId })
  judge = (certificate: { serialNumber: string }) => this.lists.judge({ ...this.key(), certificate })
  report = () => this.lists.report(accountId)[0]
  codes = () => this.fleet.entries.map(({ code }) => code)
  resourceArn = () => iotArn({ accountId, region }, `cacert/${this.ca.caId}`)
  inMinutes = (minutes: number) => new Date(this.fleet.clock.now.getTime() + minutes * 60_000)

  tag = (...tags: [name: string, value: string][]): Promise<void> => {
    const operations = tagsOperations({
      ...this.fleet,
      resourceExists: async (db, account) =>
        (await findCaCertificate(db, account, this.ca.caId)) !== undefined,
    })
    const all = tags.map(([Key, Value]) => ({ Key: `muster:${Key}`, Value }))
    return operations.TagResource({ resourceArn: this.resourceArn(), tags: all }, this.fleet.context)
  }

  untag = (...names: string[]): Promise<void> => {
    const operations = tagsOperations({ ...this.fleet, resourceExists: async () => true })
    const tagKeys = names.map((name) => `muster:${name}`)
    return operations.UntagResource({ resourceArn: this.resourceArn(), tagKeys }, this.fleet.context)
  }

  /** The CA's web server has this list from now on. */
  publish = (options: CrlOptions = {}, headers: Record<string, string> = {}): void => {
    const crl = makeCrl(this.ca, { revoked: [0xa1n], ...options })
    this.answer = (_request, response) => response.writeHead(200, headers).end(crl)
  }

  publishStatus = (status: number, headers: Record<string, string> = {}): void => {
    this.answer = (_request, response) => response.writeHead(status, headers).end('nothing here')
  };

  [Symbol.asyncDispose] = () => this.stack.disposeAsync()
}

export async function openListScene(): Promise<ListScene> {
  const fleet = await openFleet()
  const scene = new ListScene(fleet, await registerCa(fleet))
  await scene.serve()
  await scene.start()
  fleet.fabric.onChange((change) => void scene.changes.push(change))
  return scene
}
