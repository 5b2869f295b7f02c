import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError, type CommandContext } from './command.ts'
import { createRenaming } from './copy/account-names.ts'
import { carryOut, type Watch } from './copy/carry-out.ts'
import { openEnd, type End } from './copy/ends.ts'
import { comesWith, kindNames, type Item, type KindName } from './copy/items.ts'
import { makePlan } from './copy/plan.ts'
import { exitCodeOf, renderReport, toJson, type Report } from './copy/report.ts'
import { readTextFile } from './read-file.ts'

/** 0 when all that can be copied is at the destination; 1 when something is not, and the report says what. */
export async function copy({ given, print }: CommandContext): Promise<number> {
  const kinds = readKinds(given.get('only'))
  const isJson = given.has('json')
  const say = isJson ? () => {} : print
  using from = await openSide(given, 'from')
  using to = await openSide(given, 'to')
  if (from.endpoint === to.endpoint)
    throw new CommandError(`both ends are ${from.endpoint}: nothing can be copied onto itself`, 2)
  const rename = createRenaming(from, to)
  const findProof = (caCertificateId: string) => readProof(given.get('proofs'), caCertificateId)
  const read = (kind: KindName, items: readonly Item[]) => say(`read ${kind}: ${items.length}\n`)
  const plan = await makePlan({ from, to, rename, findProof, kinds, read })
  const report: Report = { from, to, isPlan: given.has('plan'), items: plan }
  if (!report.isPlan) report.items = await carryOut(plan, createWatch(say))
  say('\n')
  print(isJson ? toJson(report) : renderReport(report))
  return exitCodeOf(report.items)
}

const openSide = (given: CommandContext['given'], side: 'from' | 'to'): Promise<End> =>
  openEnd({
    where: side === 'from' ? 'the source' : 'the destination',
    side,
    url: given.get(side),
    dataDir: given.get(`${side}-data-dir`),
    profile: given.get(`${side}-profile`),
  })

function readKinds(only: string | undefined): Set<KindName> {
  if (only === undefined) return new Set(kindNames)
  const wanted = only.split(',').map((name) => name.trim())
  const known = kindNames.filter((name) => comesWith[name] === undefined)
  const strange = wanted.find((name) => !known.some((kind) => kind === name))
  if (strange !== undefined)
    throw new CommandError(`expected --only to list of ${known.join(', ')}; got "${strange}"`, 2)
  return new Set(kindNames.filter((name) => wanted.includes(comesWith[name] ?? name)))
}

function readProof(directory: string | undefined, caCertificateId: string): string | undefined {
  if (directory === undefined) return undefined
  const file = join(directory, `${caCertificateId}.pem`)
  return existsSync(file) ? readTextFile(file) : undefined
}

const linesEvery = 500

function createWatch(say: (text: string) => void): Watch {
  return ({ kind, done, of }) => {
    if (done === of || done % linesEvery === 0) say(`${kind}: ${done} of ${of}\n`)
  }
}
