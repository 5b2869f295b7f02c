/** A client in a process of its own that takes orders and reports as lines of JSON. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Inbox, type ForeignClient, type OpenClient, type Received } from './foreign-client.ts'

export interface LineClientOptions {
  command: string
  args: readonly string[]
  /** Given to the process with the first order, beside what every client is told. */
  extra?: (options: Parameters<OpenClient>[0]) => object
}

type Report = { id: number; error?: string } | { message: Received }

/** Orders: `open`, `subscribe`, `publish`, `end`, each with an `id` that its report repeats. */
export const openLineClient =
  ({ command, args, extra = () => ({}) }: LineClientOptions): OpenClient =>
  async (options): Promise<ForeignClient> => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const inbox = new Inbox()
    const waiting = new Map<number, PromiseWithResolvers<void>>()
    let lastId = 0
    const exited = once(child, 'exit').then(() => {
      for (const { reject } of waiting.values()) reject(new Error('the client process ended'))
    })
    createInterface({ input: child.stdout }).on('line', (line) => {
      const report = JSON.parse(line) as Report
      if ('message' in report) return inbox.add(report.message)
      const order = waiting.get(report.id)
      waiting.delete(report.id)
      if (report.error === undefined) order?.resolve()
      else order?.reject(new Error(report.error))
    })
    const order = (what: string, details: object = {}): Promise<void> => {
      const answer = Promise.withResolvers<void>()
      waiting.set(++lastId, answer)
      child.stdin.write(`${JSON.stringify({ id: lastId, order: what, ...details })}\n`)
      return answer.promise
    }
    const stop = async () => {
      child.kill('SIGKILL')
      await exited
    }
    const { server, identity, clientId, isPersistent = false, will, filters = [] } = options
    const { endpoints, rootCa } = server
    const target = { host: endpoints.endpoint, port: endpoints.mqttPort, rootCa }
    try {
      await order('open', { ...target, ...identity, clientId, isPersistent, will, ...extra(options) })
      for (const filter of filters) await order('subscribe', { filter })
    } catch (cause) {
      await stop()
      throw cause
    }
    return {
      received: inbox.received,
      atLeast: inbox.atLeast,
      publish: (topic, payload, { qos = 0, retain = false } = {}) =>
        order('publish', { topic, payload, qos, retain }),
      end: async () => {
        await order('end')
        await stop()
      },
      vanish: stop,
    }
  }
