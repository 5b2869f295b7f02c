/** Every command by its name, and what a person is told about them. */
import { describeOptions } from '../server/config.ts'
import type { Command, OwnOption } from './command.ts'
import { atOption, copyOptions, dryRunOptions, passphraseOption } from './own-options.ts'

/** What runs a command is loaded when it is called: to load all of them takes longer than most of them do. */
export const commands: Readonly<Record<string, Command>> = {
  start: {
    operands: [],
    summary: 'run the server',
    run: async (context) => (await import('./start.ts')).start(context),
  },
  init: {
    operands: [],
    summary: 'write a configuration with every option explained; those that are given as flags are set in it',
    isConfigWriter: true,
    run: async (context) => (await import('./init.ts')).init(context),
  },
  ready: {
    operands: [],
    summary: 'whether the server serves now: 0, or 1 and why not',
    run: async (context) => (await import('./ready.ts')).ready(context),
  },
  top: {
    operands: [],
    summary: 'what the server does now, drawn anew each second: connections, rates, refusals; q ends it',
    options: [{ option: 'once', summary: 'print one frame, over a second, and end' }],
    run: async (context) => (await import('./top.ts')).top(context),
  },
  doctor: {
    operands: [],
    summary: 'look for what would keep the server from running well, with the options of start',
    run: async (context) => (await import('./doctor.ts')).doctor(context),
  },
  env: {
    operands: [],
    summary: 'print export lines for a shell: eval "$(npx muster env)"',
    run: async (context) => (await import('./env.ts')).env(context),
  },
  console: {
    operands: [],
    summary: 'a link that opens the console, signed in: once, within a minute',
    run: async (context) => (await import('./console.ts')).openConsole(context),
  },
  tour: {
    operands: [],
    summary: 'onboard a device before your eyes, on a fresh server',
    run: async (context) => (await import('./tour.ts')).tour(context),
  },
  explain: {
    operands: ['id'],
    summary: 'what happened to a device and why (certificate id, client id, or thing name)',
    alternatives: [
      { option: 'address', value: 'IP address', summary: 'who was refused that came from there, and why' },
      { option: 'recent', summary: 'who was refused last, and why' },
    ],
    run: async (context) => (await import('./explain.ts')).explain(context),
  },
  'dry-run': {
    operands: [],
    summary: 'what a CA or a template would make of a device, and nothing is made',
    options: dryRunOptions,
    run: async (context) => (await import('./dry-run.ts')).dryRun(context),
  },
  inspect: {
    operands: ['file'],
    summary: 'what a certificate is, and what would happen if it connected now',
    run: async (context) => (await import('./inspect.ts')).inspect(context),
  },
  approve: {
    operands: ['id...'],
    summary: 'let devices in that wait for a person to say yes (muster:first-connection=approve)',
    alternatives: [
      { option: 'ca', value: 'id', summary: 'with --all: all that wait of this CA certificate' },
    ],
    options: [
      { option: 'all', summary: 'all of them are meant' },
      { option: 'from', value: 'time', summary: 'only those that were registered since' },
      { option: 'to', value: 'time', summary: 'only those that were registered until then' },
    ],
    run: async (context) => (await import('./retry.ts')).approve(context),
  },
  retry: {
    operands: ['id'],
    summary: 'publish the registration event again, or run the template again, for a certificate that waits',
    alternatives: [{ option: 'ca', value: 'id', summary: 'for all that wait of this CA certificate' }],
    options: [
      { option: 'from', value: 'time', summary: 'only those that were registered since' },
      { option: 'to', value: 'time', summary: 'only those that were registered until then' },
    ],
    run: async (context) => (await import('./retry.ts')).retry(context),
  },
  backup: {
    operands: ['file'],
    summary: 'back the data directory up into one file, while a server runs on it or not',
    options: [passphraseOption],
    run: async (context) => (await import('./backup.ts')).backup(context),
  },
  restore: {
    operands: ['file'],
    summary: 'make a data directory of a backup, or of copies: --data-dir names it, new or empty',
    options: [passphraseOption, atOption],
    run: async (context) => (await import('./backup.ts')).restore(context),
  },
  verify: {
    operands: ['file'],
    summary: 'read all of a backup, or of copies, and say whether it can be relied on',
    options: [passphraseOption],
    run: async (context) => (await import('./backup.ts')).verify(context),
  },
  copy: {
    operands: [],
    summary: 'copy devices, and what belongs to them, from AWS or a Muster to AWS or a Muster',
    options: copyOptions,
    run: async (context) => (await import('./copy.ts')).copy(context),
  },
  audit: {
    operands: ['what'],
    summary: 'read the record of API calls',
    words: {
      verify: 'read the whole record of API calls, and say whether a byte of it was changed',
      export: 'print it, a line of JSON for each call, as CloudTrail writes them',
    },
    options: [
      { option: 'head', value: 'hash', summary: 'of verify: a hash that it ended with before must be in it' },
      { option: 'after', value: 'time', summary: 'of export: only calls from then on' },
      { option: 'before', value: 'time', summary: 'of export: only calls before' },
    ],
    run: async (context) => (await import('./audit.ts')).audit(context),
  },
  account: {
    operands: ['what'],
    summary: 'make accounts beside the first one, list them, and close them',
    words: {
      create: 'make an account; prints the key of its root, once',
      list: 'the accounts of the server, and where their devices connect to',
      close: 'end an account: its keys, devices, rules, and functions; its rows stay',
    },
    options: [
      { option: 'name', value: 'name', summary: 'of create: what a person calls it' },
      { option: 'email', value: 'address', summary: 'of create: whom it belongs to; of no other account' },
      { option: 'id', value: 'account id', summary: 'of close: 12 digits' },
    ],
    run: async (context) => (await import('./account.ts')).account(context),
  },
  cluster: {
    operands: ['what'],
    summary: 'read how a cluster is, and let a node leave',
    words: {
      status: 'the nodes that serve the database together, and how they are',
      drain: 'send the clients of a node elsewhere and stop it; ends when it has left',
    },
    options: [
      {
        option: 'node',
        value: 'name',
        summary: 'of drain: the node that leaves; unless given, the one that is asked',
      },
    ],
    run: async (context) => (await import('./cluster.ts')).cluster(context),
  },
  completion: {
    operands: ['shell'],
    summary: 'print the completions of a shell',
    words: {
      bash: 'completions for bash: source <(muster completion bash)',
      zsh: 'completions for zsh: muster completion zsh > "${fpath[1]}/_muster"',
      fish: 'completions for fish: muster completion fish | source',
    },
    run: async (context) => (await import('./completion.ts')).completion(context, commands),
  },
  migrate: {
    operands: [],
    summary:
      'copy the database of a stopped server into PostgreSQL, and compare; or tell what an upgrade would do',
    options: [
      { option: 'to', value: 'postgres://...', summary: 'the PostgreSQL database' },
      {
        option: 'dry-run',
        summary: 'only tell which steps of the schema a start of this version would take',
      },
    ],
    run: async (context) => (await import('./migrate.ts')).migrate(context),
  },
}

export const commandNames = Object.keys(commands)

export function findCommand(name: string): Command | undefined {
  return Object.hasOwn(commands, name) ? commands[name] : undefined
}

/** Several commands may have the same one. */
const optionsOf = (read: (command: Command) => readonly OwnOption[] | undefined): readonly OwnOption[] => [
  ...new Map(
    Object.values(commands).flatMap((command) => (read(command) ?? []).map((own) => [own.option, own])),
  ).values(),
]

/** The options that stand in place of some command's operands. */
export const alternatives = optionsOf((command) => command.alternatives)

/** Those that stand beside them. */
export const ownOptions = optionsOf(({ options }) => options)

interface Form {
  /** E.g. `explain <id>`. */
  usage: string
  summary: string
}

function formsOf(name: string, { operands, summary, words, alternatives: own = [] }: Command): Form[] {
  const main = words
    ? Object.entries(words).map(([word, what]) => ({ usage: `${name} ${word}`, summary: what }))
    : [{ usage: [name, ...operands.map((operand) => operand.replace(/^\w+/, '<$&>'))].join(' '), summary }]
  return [
    ...main,
    ...own.map(({ option, value, summary: what }) => ({
      usage: `${name} --${option}${value === undefined ? '' : ` <${value}>`}`,
      summary: what,
    })),
  ]
}

/** How the command is called, e.g. `muster explain <id>`. */
export function usageOf(name: string, command: Command): string {
  return formsOf(name, command)
    .map(({ usage }) => `muster ${usage}`)
    .join(', or ')
}

function describeOwn({ options = [] }: Command): string {
  if (options.length === 0) return ''
  const forms = options.map(({ option, value, summary }) => ({
    usage: `--${option}${value === undefined ? '' : ` <${value}>`}`,
    summary,
  }))
  return `\n${describeForms(forms)}\n`
}

const optionsText = `Options, each also an environment variable, and a line of the file:\n${describeOptions()}\n`

/** What `muster --help` prints. */
export function describeCommands(): string {
  const forms = Object.entries(commands).flatMap(([name, command]) => formsOf(name, command))
  return `Usage: muster <command> [options]

${describeForms(forms)}

  -h, --help           this text, or that of one command
  -v, --version        the version of Muster and of Node
  --config FILE        options from a file; muster.conf in the data directory, if it is there (MUSTER_CONFIG)

${optionsText}`
}

/** What `muster <name> --help` prints. */
export function describeCommand(name: string, command: Command): string {
  return `Usage: muster ${name} [options]\n\n${describeForms(formsOf(name, command))}\n${describeOwn(command)}\n${optionsText}`
}

function describeForms(forms: readonly Form[]): string {
  const width = Math.max(20, ...forms.map(({ usage }) => usage.length))
  return forms.map(({ usage, summary }) => `  ${usage.padEnd(width)} ${summary}`).join('\n')
}
