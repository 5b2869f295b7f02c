/** The board for Grafana and the alerts against a real Prometheus, which asks a real server that has had something of everything. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve as toAbsolute } from 'node:path'
import { DescribeThingCommand } from '@aws-sdk/client-iot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { boardQueries } from '../../tools/grafana-board.ts'
import { connectDevice, connectOperator } from '../helpers/device.ts'
import { openRegistration } from '../helpers/jitr.ts'
import { lacks } from '../helpers/programs.ts'
import { freshDirectory, startTestServer, type TestServer } from '../helpers/server.ts'

const directory = freshDirectory()
let server: TestServer
let prometheus: ChildProcess | undefined
let prometheusUrl: string

beforeAll(async () => {
  if (lacks('prometheus')) return
  mkdirSync(join(directory, 'backups'))
  const backups = { backupEvery: '1h', backupDir: join(directory, 'backups') }
  const copies = { walCopies: join(directory, 'copies') }
  server = await startTestServer({ ...backups, ...copies }, { maxStoredMessages: 2 })
  await makeTraffic()
  prometheusUrl = await startPrometheus()
})
afterAll(async () => {
  if (prometheus) {
    prometheus.kill('SIGKILL')
    await once(prometheus, 'exit')
  }
  await server?.[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

/** Calls that are refused, a first connection, a rule, a function, messages that come, wait, and are lost. */
async function makeTraffic(): Promise<void> {
  await expect(fetch(`${server.endpoints.apiUrl}/things`)).resolves.toMatchObject({ status: 403 })
  await expect(server.iot.send(new DescribeThingCommand({ thingName: 'none' }))).rejects.toThrow('none')
  const files = { 'index.js': 'exports.handler = async () => "well"' }
  const { ca } = await openRegistration(server, { files })
  await expect(connectDevice(server, ca.issue({ subject: 'CN=lamp-1' }))).rejects.toThrow('closed')
  const client = await connectOperator(server)
  await client.subscribeAsync('own', { qos: 1 })
  await client.publishAsync('own', '1', { qos: 1 })
  await client.endAsync()
  await loseMessages()
}

async function loseMessages(): Promise<void> {
  const keeping = await connectOperator(server, 'keeping', { clean: false })
  await keeping.subscribeAsync('kept', { qos: 1 })
  await keeping.endAsync()
  const publisher = await connectOperator(server, 'publisher')
  for (const text of ['1', '2', '3']) await publisher.publishAsync('kept', text, { qos: 1 })
  await publisher.endAsync()
}

/** Resolves with its URL when it listens. It asks each second. */
async function startPrometheus(): Promise<string> {
  const config = join(directory, 'prometheus.yaml')
  const { host } = new URL(server.endpoints.apiUrl)
  const scrape = { job_name: 'muster', static_configs: [{ targets: [host] }] }
  const global = { scrape_interval: '1s', evaluation_interval: '1s' }
  const rules = [toAbsolute('packaging/alerts.yaml')]
  writeFileSync(config, JSON.stringify({ global, rule_files: rules, scrape_configs: [scrape] })) // JSON is YAML
  const storage = `--storage.tsdb.path=${join(directory, 'series')}`
  const child = spawn(
    'prometheus',
    [`--config.file=${config}`, storage, '--web.listen-address=127.0.0.1:0'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  prometheus = child
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const address = /msg="Listening on" address=(\S+)/.exec(said)?.[1]
      if (address !== undefined) resolve(`http://${address}`)
    })
    child.once('exit', () => reject(new Error(`prometheus ended: ${said}`)))
  })
}

interface Answer {
  status: string
  data: { result: { metric: Record<string, string> }[] }
}

async function ask(expr: string): Promise<Answer> {
  const response = await fetch(`${prometheusUrl}/api/v1/query?query=${encodeURIComponent(expr)}`)
  return (await response.json()) as Answer
}

/** What a legend names; a domain is there only where one is configured. */
const labelsIn = (legend: string) =>
  [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label).filter((label) => label !== 'domain')

describe.skipIf(lacks('prometheus'))('the board', () => {
  it.each(boardQueries('.*', '1m'))('shows something for $expr', async ({ expr, legend }) => {
    const found = async () => (await ask(expr)).data?.result
    await expect.poll(async () => (await found())?.length).toBeGreaterThan(0)
    const labels = new Set((await found()).flatMap(({ metric }) => Object.keys(metric)))
    expect([...labels]).toEqual(expect.arrayContaining(labelsIn(legend)))
  })
})

describe.skipIf(lacks('prometheus'))('the alerts', () => {
  it('are taken by Prometheus, and none fails to be evaluated', async () => {
    type Rules = { data: { groups: { rules: { name: string; health: string }[] }[] } }
    const rules = async () => {
      const answer = (await (await fetch(`${prometheusUrl}/api/v1/rules`)).json()) as Rules
      return answer.data.groups.flatMap((group) => group.rules)
    }
    await expect.poll(async () => (await rules()).filter(({ health }) => health !== 'ok')).toEqual([])
    expect((await rules()).length).toBeGreaterThan(10)
  })

  it('name metrics that there are', async () => {
    const text = readFileSync('packaging/alerts.yaml', 'utf8')
    const named = new Set([...text.matchAll(/(?:muster|nodejs)_\w+/g)].map(([name]) => name))
    expect(named.size).toBeGreaterThan(10)
    const missing = async () => {
      const metrics = await (await fetch(`${server.endpoints.apiUrl}/metrics`)).text()
      return [...named].filter((name) => !new RegExp(`^${name}[ {]`, 'm').test(metrics))
    }
    await expect.poll(missing).toEqual([]) // how far the log is copied is told with the first copy
  })
})
