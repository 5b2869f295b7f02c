/** docs/mqtt-conformance.md says of each statement which test shows it; `vitest -u` writes it anew. */
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { expect, it } from 'vitest'
import { statements, type Statement } from './statements.ts'

interface Shown {
  file: string
  /** Of the test, without the ids. */
  title: string
  ids: string[]
}

const quoted = /'((?:[^'\\\n]|\\.)*\(MQTT[35]-[^'\n]*)'/g
const id = /MQTT[35]-\d+\.\d+\.\d+-\d+/g

const titles: Shown[] = globSync(['test/conformance/*.test.ts', 'src/gateway/**/*.test.ts'])
  .filter((file) => basename(file) !== 'document.test.ts')
  .toSorted()
  .flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(quoted)].map(([, text = '']) => ({
      file,
      title: text.replaceAll(/ ?\(MQTT[35]-[^)]*\)/g, '').replace(/ ?\(level %i\)|:$/, ''),
      ids: text.match(id) ?? [],
    })),
  )

const shownBy = (wanted: string) => titles.filter(({ ids }) => ids.includes(wanted))

function row([name, { asks, reason }]: [string, Statement]): string {
  const tests = shownBy(name).map(({ file, title }) => `\`${basename(file)}\`: ${title}`)
  const shown = [...new Set(tests), ...(reason === undefined ? [] : [reason])].join('; ')
  return `| ${name.slice('MQTT5-'.length)} | ${asks} | ${shown.replaceAll('|', '\\|')} |`
}

function table(version: 'MQTT5' | 'MQTT3'): string {
  const rows = [...statements].filter(([name]) => name.startsWith(version)).map(row)
  return ['| statement | asks | shown by, or why not |', '|---|---|---|', ...rows].join('\n')
}

const document = `# MQTT conformance

Every normative statement of the two standards that concerns a server, by its number \`[MQTT-<statement>]\` there, with
the tests that show it, or why none does. The files are those of \`test/conformance/\`, or of \`src/gateway/\`. Statements
that bind clients alone are left out. The tests speak to a gateway with \`--mqtt-profile standard\` unless they say
otherwise; where the profile \`aws\` differs, [aws-differences.md](aws-differences.md) says so.

## MQTT 5.0

${table('MQTT5')}

## MQTT 3.1.1

${table('MQTT3')}

${readFileSync('test/conformance/others-suites.md', 'utf8')}`

it('knows the statements and the tests', () => {
  expect(statements.size).toBeGreaterThan(250)
  expect(titles.length).toBeGreaterThan(150)
})

it.each([...statements.keys()])('%s is shown by a test, or it says why not', (name) => {
  expect(shownBy(name).length > 0 || statements.get(name)?.reason !== undefined).toBe(true)
})

it.each(titles.flatMap(({ ids, title }) => ids.map((one) => [one, title] as const)))(
  '%s, which "%s" names, is a statement',
  (name) => expect(statements.has(name)).toBe(true),
)

it('is written down as it is', () => expect(document).toMatchFileSnapshot('../../docs/mqtt-conformance.md'))
