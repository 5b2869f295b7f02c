/** "Show as CLI" is true: the aws command line makes of each line the very call that the page makes. */
import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import type { OperationCall } from '../../console/src/api/operation-call.ts'
import { toCli } from '../../console/src/kit/to-cli.ts'
import { getModel, type Shape } from '../../src/api/aws/model.ts'
import { offeredPermissions } from '../../src/server/offered-services.ts'
import { lacks } from '../helpers/programs.ts'
import { functionZip, openCommandLine, operationsTooNew } from './cli-lines.ts'

/** What a shell would take for its own, and what the CLI might take for options. */
const hostile = `-it's"so"$HOME\`id\`\u202E{a}[b]\\n\té`

const blob = '{"t":"é\'s"}'

const packageBase64 = Buffer.from(functionZip).toString('base64')

/** Members that the CLI of a machine may be too old for. */
const newerMembers = new Set(['includeSocketInformation'])

/** One value of a shape, each member of a structure given. */
function sample(shape: Shape, path: readonly string[] = []): unknown {
  if (path.includes(shape.name)) return undefined // a shape within itself
  const inside = [...path, shape.name]
  switch (shape.type) {
    case 'structure':
      return Object.fromEntries(
        [...shape.members.values()]
          .filter(({ name }) => !newerMembers.has(name))
          .map(({ name, shape: of, isJsonValue }) => [
            name,
            isJsonValue ? '[{"a":"b"}]' : name === 'ZipFile' ? packageBase64 : sample(of, inside),
          ]),
      )
    case 'list':
      return [sample(shape.member, inside)].filter((item) => item !== undefined)
    case 'map':
      return {
        [shape.key.type === 'string' && shape.key.values ? [...shape.key.values][0]! : 'a key']: sample(
          shape.value,
          inside,
        ),
      }
    case 'string':
      return shape.values ? [...shape.values][0] : hostile
    case 'blob':
      return Buffer.from(blob).toString('base64')
    case 'boolean':
      return true
    case 'timestamp':
      return 1_760_000_000
    case 'integer':
    case 'long':
    case 'double':
    case 'float':
      return Math.max(1, shape.min ?? 1)
  }
}

/** The CLI leaves times as the text that they were, and reads text that is JSON on the wire. */
const isSame = (told: unknown, meant: unknown) =>
  isDeepStrictEqual(told, meant) || String(told) === String(meant) || JSON.stringify(told) === meant

const operations: OperationCall[] = Object.entries(offeredPermissions).flatMap(([service, permissions]) =>
  Object.keys(permissions)
    .filter((operation) => !operationsTooNew.has(`${service} ${operation}`))
    .map((operation) => {
      const { input } = getModel(service as never).operations.get(operation)!
      return { service, operation, input: input ? (sample(input) as object) : {} }
    }),
)

it.skipIf(lacks('aws', 'python3'))(
  'is read by the aws command line as the call that it stands for',
  async () => {
    const lines = operations.map((one) => toCli(one))
    using commandLine = openCommandLine('params')
    const outcomes = await commandLine.read(lines, {
      PASSWORD: hostile,
      OLD_PASSWORD: hostile,
      NEW_PASSWORD: hostile,
      MQTT_PASSWORD: blob,
    })
    const wrong = operations.flatMap(({ service, operation, input }, at) => {
      const { error, params } = outcomes[at]!
      const faults = error === undefined ? [] : [error]
      for (const [name, value] of Object.entries(input as object))
        if (error === undefined && !isSame(params?.[name], value))
          faults.push(`${name}: ${JSON.stringify(value)} became ${JSON.stringify(params?.[name])}`)
      return faults.length === 0 ? [] : [{ call: `${service} ${operation}`, faults }]
    })
    expect(wrong).toEqual([])
  },
)
