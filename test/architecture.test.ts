/** The rules of the house that a machine can hold. ARCHITECTURE.md has the same tables. */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'

/** District -> the districts above it that it imports. */
const districts: Record<string, string> = {
  lib: '',
  store: 'lib',
  fabric: 'lib store',
  api: 'lib store',
  access: 'api fabric lib store',
  observability: 'access api fabric lib store',
  functions: 'access api lib store',
  registry: 'api fabric lib store',
  messaging: 'api fabric lib store',
  pki: 'api fabric lib observability registry store',
  rights: 'access api fabric lib observability pki registry store',
  onboarding: 'access api fabric lib observability pki registry rights store',
  gateway: 'access api fabric lib messaging observability pki registry store',
  rules: 'access api fabric functions lib observability registry store',
  server:
    'access api fabric functions gateway lib messaging observability onboarding pki registry rights rules store',
  cli: 'lib observability server',
}

/** Folder -> the folders it imports, each through its `index.ts` only. A district of one folder is that folder. */
const folders: Record<string, string> = {
  lib: '',
  store: 'lib',
  'fabric/in-process': 'lib',
  'fabric/cluster': 'fabric/in-process lib store',
  'api/aws': 'lib',
  'api/http': 'api/aws lib',
  'api/console': 'api/aws api/http lib store',
  'access/policies': 'lib',
  'access/identities': 'access/policies api/aws fabric/in-process lib store',
  'access/accounts': 'access/identities api/aws fabric/in-process lib store',
  'observability/journal': 'lib store',
  'observability/logs': 'api/aws lib store',
  'observability/audit': 'api/aws lib store',
  'observability/cloudwatch': 'api/aws lib store',
  'observability/metrics': '',
  'observability/traces': 'lib',
  'observability/iot-logging':
    'access/identities api/aws fabric/in-process lib observability/journal observability/logs store',
  functions: 'access/identities access/policies api/aws lib store',
  'registry/tags': 'api/aws fabric/in-process lib store',
  'registry/events': 'api/aws fabric/in-process lib store',
  'registry/thing-types': 'api/aws fabric/in-process lib registry/events registry/tags store',
  'registry/things': 'api/aws fabric/in-process lib registry/events registry/thing-types store',
  'registry/thing-groups':
    'api/aws fabric/in-process lib registry/events registry/tags registry/things store',
  'registry/billing-groups': 'api/aws fabric/in-process lib registry/tags registry/things store',
  'messaging/data-plane': 'api/aws fabric/in-process lib store',
  'messaging/sessions': 'fabric/in-process lib store',
  'messaging/shadows': 'api/aws fabric/in-process lib messaging/data-plane store',
  'pki/certificates': 'api/aws fabric/in-process lib observability/journal registry/tags store',
  'pki/expiry': 'fabric/in-process lib observability/journal pki/certificates registry/things store',
  'pki/revocation-lists':
    'api/aws fabric/in-process lib observability/journal pki/certificates registry/tags store',
  'rights/iot-policies':
    'access/policies api/aws fabric/in-process lib pki/certificates registry/tags registry/thing-groups registry/thing-types registry/things store',
  'rights/role-aliases':
    'access/identities access/policies api/aws fabric/in-process lib observability/journal registry/tags registry/things store',
  'rights/authorizers':
    'access/policies api/aws fabric/in-process lib observability/journal registry/tags store',
  'onboarding/templates': 'access/policies lib',
  'onboarding/provisioning-templates':
    'access/identities api/aws lib observability/journal onboarding/templates pki/certificates registry/tags store',
  'onboarding/provisioning':
    'api/aws fabric/in-process lib onboarding/templates pki/certificates registry/thing-groups registry/things rights/iot-policies store',
  'onboarding/allow-lists': 'lib',
  'onboarding/hooks': 'api/aws lib',
  'onboarding/renewals':
    'api/aws fabric/in-process lib observability/journal pki/certificates pki/revocation-lists registry/things rights/iot-policies store',
  'onboarding/admission':
    'access/identities access/policies api/aws fabric/in-process lib observability/journal onboarding/allow-lists onboarding/hooks onboarding/provisioning onboarding/provisioning-templates onboarding/renewals onboarding/templates pki/certificates pki/revocation-lists registry/tags rights/iot-policies store',
  'onboarding/trials':
    'access/identities api/aws lib observability/journal onboarding/admission onboarding/provisioning onboarding/provisioning-templates onboarding/templates pki/certificates registry/billing-groups registry/thing-groups registry/thing-types registry/things rights/iot-policies store',
  'onboarding/certificate-providers': 'api/aws lib registry/tags store',
  'onboarding/bulk':
    'access/identities api/aws fabric/in-process lib observability/journal onboarding/provisioning onboarding/provisioning-templates onboarding/templates pki/certificates store',
  'onboarding/claims':
    'access/identities api/aws fabric/in-process lib observability/journal onboarding/certificate-providers onboarding/hooks onboarding/provisioning onboarding/provisioning-templates onboarding/templates pki/certificates registry/tags store',
  'gateway/domain-configurations': 'access/accounts api/aws fabric/in-process lib registry/tags store',
  'gateway/ports':
    'access/policies api/aws fabric/in-process gateway/domain-configurations lib messaging/data-plane messaging/sessions observability/journal pki/certificates',
  'gateway/absent-services': 'fabric/in-process lib messaging/data-plane observability/journal',
  'gateway/connections':
    'api/aws fabric/in-process gateway/ports lib messaging/data-plane observability/journal registry/things store',
  rules:
    'access/identities access/policies api/aws fabric/in-process functions lib observability/journal registry/tags store',
  server:
    'access/accounts access/identities access/policies api/aws api/console api/http fabric/cluster fabric/in-process functions gateway/absent-services gateway/connections gateway/domain-configurations gateway/ports lib messaging/data-plane messaging/sessions messaging/shadows observability/audit observability/cloudwatch observability/iot-logging observability/journal observability/logs observability/metrics observability/traces onboarding/admission onboarding/allow-lists onboarding/bulk onboarding/certificate-providers onboarding/claims onboarding/hooks onboarding/provisioning onboarding/provisioning-templates onboarding/renewals onboarding/trials pki/certificates pki/expiry pki/revocation-lists registry/billing-groups registry/events registry/tags registry/thing-groups registry/thing-types registry/things rights/authorizers rights/iot-policies rights/role-aliases rules store',
  cli: 'lib observability/journal server',
}
/** Any file of these may be imported. */
const withoutDoor = new Set(['lib', 'api/aws', 'server'])

const words = (text: string) => text.split(' ').filter((word) => word !== '')
/** Without tests and what only they use. */
const sources = globSync('src/**/*.ts').filter((file) => !/\.test\.ts$|\/testing\//.test(file))
const district = (file: string) => file.split('/')[1]!
const folder = (file: string) =>
  district(file) in folders ? district(file) : file.split('/').slice(1, 3).join('/')
const imports = sources.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path]) => ({
    file,
    target: posix.join(posix.dirname(file), path!),
  })),
)

/** What `of` finds to be imported across its borders, as a table like those above. */
function tableOf(of: (file: string) => string): Record<string, string> {
  const table = new Map(sources.map((file) => [of(file), new Set<string>()]))
  for (const { file, target } of imports) if (of(file) !== of(target)) table.get(of(file))!.add(of(target))
  return Object.fromEntries([...table].map(([name, targets]) => [name, [...targets].toSorted().join(' ')]))
}

/** Names in the order of the table that import one that stands below them. */
const upward = (table: Record<string, string>) =>
  Object.entries(table).flatMap(([name, targets], at, rows) =>
    words(targets)
      .filter((target) => rows.findIndex(([other]) => other === target) >= at)
      .map((target) => `${name} -> ${target}`),
  )

/** Files that import each other, however far around. Types count: who reads one file must read the other. */
function findCircles(): string[][] {
  const targets = Map.groupBy(imports, ({ file }) => file)
  const circles: string[][] = []
  const done = new Set<string>()
  const visit = (file: string, path: string[]): void => {
    const start = path.indexOf(file)
    if (start >= 0) return void circles.push(path.slice(start))
    if (done.has(file)) return
    for (const { target } of targets.get(file) ?? []) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of sources) visit(file, [])
  return circles
}

/**
 * Who asks for the next turn of the event loop by itself, and why that is enough. Others who go on with long work wait for the
 * turn of others (`src/lib/turn-of-others.ts`): by the next turn what has arrived may not have been read, and is not answered.
 */
const nextTurnOnly: Record<string, string> = {
  'src/lib/turn-of-others.ts': 'makes the turn of others of it',
  'src/fabric/cluster/frames/frames.ts': 'gathers what this turn sends to other nodes',
  'src/fabric/cluster/interest/teller.ts':
    'gathers what changes in this turn; then it waits for the other node',
  'src/gateway/ports/mqtt/outbox.ts': 'gathers the answers of this turn: it is what others wait for',
  'src/gateway/ports/tls/handshake-queue.ts':
    'begins a few handshakes a turn; each goes on in turns of its own, when its bytes come',
  'src/messaging/sessions/session-registry.ts': 'gathers the sessions that this turn has taken from',
  'src/messaging/sessions/nodes/owner-lookup.ts': 'gathers the questions of this turn',
  'src/observability/audit/audit.ts': 'gathers the entries of this turn',
  'src/rules/engine/dispatcher.ts': 'gathers what this turn publishes, and goes on with it in pieces',
  'src/functions/environments/environment.ts': 'reads what is in the pipes of a function',
  'src/server/cluster-route.ts': 'answers before the server begins to end',
  'src/server/copies/kept/tidy.ts': 'runs in a thread where nobody else waits',
  'src/server/copies/snapshots/write-snapshot.ts': 'runs in a thread where nobody else waits',
  'src/server/copies/restoring/assemble.ts': 'runs in a command that does nothing else',
}

describe('architecture', () => {
  it('sees the imports', () => {
    expect(sources.length).toBeGreaterThan(100)
    expect(imports.length).toBeGreaterThan(1000)
  })

  it('has the districts of the table, each importing what its row says', () => {
    expect(tableOf(district)).toEqual(districts)
  })

  it('has the folders of the table, each importing what its row says', () => {
    expect(tableOf(folder)).toEqual(folders)
  })

  it.each([
    ['districts', districts],
    ['folders', folders],
  ])('lets the %s import only what stands above them', (_, table) => {
    expect(upward(table)).toEqual([])
  })

  it('has no files that import each other in a circle', () => {
    expect(findCircles()).toEqual([])
  })

  it('is a street of at most sixteen names', () => {
    expect(readdirSync('src').length).toBeLessThanOrEqual(16)
  })

  it('lets nobody in by a side door', () => {
    const wrong = imports.filter(({ file, target }) => {
      if (folder(file) === folder(target) || withoutDoor.has(folder(target))) return false
      if (target.startsWith('src/store/tables/')) return false // row types, for the store files of a feature
      return target !== `src/${folder(target)}/index.ts`
    })
    expect(wrong).toEqual([])
  })

  it('imports only files that are there', () => {
    expect(imports.filter(({ target }) => !existsSync(target))).toEqual([])
  })

  it('keeps what only tests use in folders of its own', () => {
    const helpers = /\/testing\//
    expect(imports.filter(({ target }) => helpers.test(target))).toEqual([])
    expect(globSync('src/**/test-*.ts').filter((file) => !helpers.test(file))).toEqual([])
  })

  it('reads the environment and the arguments on the command line only', () => {
    const readers = sources.filter((file) => /process\.(env|argv)/.test(readFileSync(file, 'utf8')))
    expect(readers.filter((file) => !file.startsWith('src/cli/'))).toEqual([])
  })

  it('lets others have their turn by one means, but for those of the table', () => {
    const asking =
      /\bsetImmediate\b|\bsetTimeout\((?:\(\) => )?[\w.#]+(?:\(\))?, 0\)|\bscheduler\.(?:wait|yield)\b/
    const askers = sources.filter((file) => asking.test(readFileSync(file, 'utf8')))
    expect(askers.toSorted()).toEqual(Object.keys(nextTurnOnly).toSorted())
  })

  it('ends the process nowhere', () => {
    expect(sources.filter((file) => readFileSync(file, 'utf8').includes('process.exit('))).toEqual([])
  })

  it('compares values, never their texts, as members of a text have an order that means nothing', () => {
    const textsCompared = /JSON\.stringify\(.*\)\s*[!=]==|[!=]==\s*JSON\.stringify\(/
    expect(sources.filter((file) => textsCompared.test(readFileSync(file, 'utf8')))).toEqual([])
  })

  it('has one way out, where every address is judged that somebody names', () => {
    const ways =
      /import \{[^}]*\b(?:request|get|connect|createConnection|Agent|lookup)\b[^}]*\} from 'node:(?:https?|http2|net|tls|dns)'|from 'node:(?:dgram|undici)'|\bfetch\(|import \* as \w+ from 'node:(?:https?|http2|net|tls)'/
    const leaving = sources.filter((file) => ways.test(readFileSync(file, 'utf8')))
    expect(leaving.filter((file) => !file.startsWith('src/cli/'))).toEqual(['src/lib/outbound/outbound.ts'])
  })

  it('runs with the packages that npm installs without those for development', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      dependencies: Record<string, string>
    }
    const packages =
      /^(?!import type |export type )(?:.* from |import |.*\bimport\()'((?:@[^/']+\/)?[^./'][^/':]*)(?:\/[^':]*)?'/gm
    const used = globSync('src/**/*.{ts,mjs}')
      .filter((file) => !/\.test\.ts$|\/testing\//.test(file))
      .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(packages)].map(([, name]) => name!))
    expect(used).toContain('fastify')
    expect([...new Set(used)].filter((name) => !(name in dependencies))).toEqual([])
    expect(dependencies).toHaveProperty('node') // whatever Node started the command
  })

  it('loads no AWS SDK into the process of the server: functions and commands have theirs', () => {
    const loading = /^import (?!type\b)[^'";]*?'(?:@aws-sdk\/|aws-sdk)|import\('(?:@aws-sdk\/|aws-sdk)/m
    const loaders = sources.filter((file) => loading.test(readFileSync(file, 'utf8')))
    expect(loaders).toContain('src/cli/copy/things.ts')
    expect(loaders.filter((file) => !file.startsWith('src/cli/'))).toEqual([])
  })

  it('writes SQL in store files only', () => {
    const sql = /\.(selectFrom|insertInto|updateTable|deleteFrom)\(/
    const writers = sources.filter((file) => sql.test(readFileSync(file, 'utf8')))
    expect(writers.length).toBeGreaterThan(5)
    expect(writers.filter((file) => !/store(\/|\.ts$|-[a-z-]+\.ts$)|-store\.ts$/.test(file))).toEqual([])
  })

  it.each([
    ['districts', districts],
    ['folders', folders],
  ])('shows the %s and their imports in ARCHITECTURE.md', (_, table) => {
    const rows = [
      ...readFileSync('ARCHITECTURE.md', 'utf8').matchAll(/^\| `src\/([a-z/-]+)\/` \|[^|]*\| ([^|]*) \|$/gm),
    ].map(
      ([, name, allowed]) => `${name}: ${[...allowed!.matchAll(/`([^`]+)`/g)].map(([, to]) => to).join(' ')}`,
    )
    const expected = Object.entries(table).map(([name, allowed]) => `${name}: ${allowed}`)
    expect(rows).toEqual(expect.arrayContaining(expected))
  })
})
