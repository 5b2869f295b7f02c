/**
 * For every operation of every service: the resource that IAM judges is the resource that the operation touches,
 * however a request names it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { offeredPermissions } from '../../src/server/offered-services.ts'
import { openAccount, type Account, type Service } from './account.ts'
import { needsNothing } from './inputs.ts'
import { handedOver, unknownInside } from './inside-members.ts'
import { sharedRole, type Resource } from './resources.ts'
import { spellings } from './spellings.ts'
import {
  describeOutcome,
  findReference,
  isDenied,
  prepare,
  unknownMembers,
  waysOf,
  withText,
  type Subject,
} from './walk.ts'

let account: Account

beforeAll(async () => {
  account = await openAccount()
})

afterAll(async () => {
  await account[Symbol.asyncDispose]()
})

const allow = (...Resource: string[]) => ({ Effect: 'Allow', Action: '*', Resource })
const deny = (...Resource: string[]) => ({ Effect: 'Deny', Action: '*', Resource })
const patternsOf = ({ arn, patterns = [arn] }: Resource) => patterns

const operations = Object.entries(offeredPermissions).flatMap(([service, permissions]) =>
  Object.keys(permissions).map((operation) => ({ service: service as Service, operation })),
)

describe.each(operations)('$service $operation', (one) => {
  it('has no member of which nobody said whether it names a resource', () => {
    expect(unknownMembers(one)).toEqual([])
    expect(
      waysOf(one).flatMap((way) => Object.keys(way).filter((member) => !findReference(one, member))),
    ).toEqual([])
    expect(unknownInside(one)).toEqual([])
  })

  if (needsNothing.has(`${one.service} ${one.operation}`)) return

  it.each(waysOf(one).map((way) => [Object.keys(way).join(', ') || 'nothing', way] as const))(
    'judges what it touches, named by %s',
    async (_, way) => {
      const subject = await prepare(account, one, way)
      await account.permit(allow('arn:aws:iot:::nothing'))
      expect(await attempt(subject), 'without any right').toSatisfy(isDenied)
      for (const member of subject.judged.keys()) {
        await expectJudged(subject, member)
        expect((await evasionsOf(subject, member)).join('\n')).toBe('')
      }
      await expectEnough(await prepare(account, one, way))
    },
  )
})

describe('a role inside of a request is handed over by nobody who may not pass it', () => {
  it.each(handedOver)('$operation: $path', async ({ input, ...one }) => {
    const roleArn = await sharedRole(account)
    const act = async () => {
      const { call } = await prepare(account, one, waysOf(one)[0]!)
      return account.attempt({ ...call, input: { ...call.input, ...input(roleArn) } })
    }
    await account.permit(allow('*'), { Effect: 'Deny', Action: 'iam:PassRole', Resource: roleArn })
    expect(await act()).toSatisfy(isDenied)
    await account.permit(allow('*'))
    expect(describeOutcome(await act())).toMatch(/^success/)
  })
})

/** Who may do all with what is named, and nothing else, may do this. */
async function expectEnough(subject: Subject): Promise<void> {
  const resources = [...subject.judged.values()].flatMap(patternsOf)
  const more = (subject.row.also ?? []).map((statement) => ({ Effect: 'Allow', ...statement }))
  await account.permit(allow(...(resources.length > 0 ? resources : ['*'])), ...more)
  const outcome = describeOutcome(await attempt(subject))
  expect(outcome).toMatch(new RegExp(`^${subject.row.refusal ?? 'success'}\\b`))
}

const attempt = ({ call }: Subject) => account.attempt(call)

/** Whoever is denied the resource is denied the operation. */
async function expectJudged(subject: Subject, member: string): Promise<void> {
  const resource = subject.judged.get(member)!
  await account.permit(allow('*'), deny(...patternsOf(resource)))
  expect(await attempt(subject), `denied ${resource.arn}`).toSatisfy(isDenied)
}

/** Spellings by which somebody who is denied the resource gets at it. */
async function evasionsOf(subject: Subject, member: string): Promise<string[]> {
  const resource = subject.judged.get(member)!
  const name = resource.parts?.[member] ?? resource.name
  let before = await account.rowsWith([resource.name, resource.arn])
  const evasions: string[] = []
  for (const text of spellings(name, resource.arn)) {
    const other = resource.denotes?.(text)
    await account.permit(allow('*'), deny(...(other === undefined ? patternsOf(resource) : [other])))
    const outcome = await account.attempt(withText(subject, member, text))
    if ('refusal' in outcome) continue
    const fault = await faultOf(subject, { member, text, output: outcome.output, before })
    if (fault !== undefined) evasions.push(`${member}=${text}: ${fault}`)
    before = await account.rowsWith([resource.name, resource.arn])
  }
  return evasions
}

interface Success {
  member: string
  text: string
  output: object
  before: string[]
}

/** A success is right where the text names another resource, which is judged in its turn. */
async function faultOf(
  subject: Subject,
  { member, text, output, before }: Success,
): Promise<string | undefined> {
  const resource = subject.judged.get(member)!
  if (resource.denotes?.(text) !== undefined) return 'what it names was denied'
  const shown = JSON.stringify(output)
  if (shown.includes(`"${resource.name}"`) || shown.includes(`"${resource.arn}"`)) return `it shows ${shown}`
  const named = await account.rowsWith([text]) // rows of the other one
  const after = (await account.rowsWith([resource.name, resource.arn])).filter((row) => !named.includes(row))
  if (JSON.stringify(after) !== JSON.stringify(before)) return 'it changes the resource'
  await account.permit(
    allow('*'),
    deny(
      ...patternsOf(resource),
      resource.called(text, member),
      ...(text.startsWith('arn:aws:') ? [text] : []),
    ),
  )
  const again = await account.attempt(withText(subject, member, text))
  return isDenied(again) ? undefined : `nothing was asked about it: ${describeOutcome(again)}`
}
