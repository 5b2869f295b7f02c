import { describeOptions } from '../src/server/config.ts'
import { handshakeErrors, reasonCodes } from '../src/observability/journal/index.ts'

export function configurationPage(): string {
  return `# Which options are there?

Each option can be a flag of \`npx muster start\`, an environment variable, or a line of a file; a flag goes before a variable, and that before the
file. Bad values are all reported at once, with where they stand, and the server does not start. The default stands in parentheses.

\`\`\`
${describeOptions()}
\`\`\`

## A file of options
\`npx muster init\` writes \`muster.conf\` into the data directory (\`--data-dir\`): every option with its meaning, commented out; those that are given as flags are set.
It is read whenever it is there; \`--config FILE\` or \`MUSTER_CONFIG\` names another one instead. Its lines are \`option = value\`, with the names of the flags without their
dashes. A value goes to the end of its line as it is, without quotes; a comment is a line that begins with \`#\`. An option that there is not, or that is there twice, and a line
that is none are refused with their numbers. The file that is found by the data directory cannot name another one.

## Options of single resources
Options of single resources are AWS tags named \`muster:<option>\`, so any AWS tool can set them:

| resource | tag | values |
|---|---|---|
| CA certificate | \`muster:first-connection\` | \`accept\` (default with a template): a device that was just provisioned goes on. \`close\`: its first connection is closed, as AWS does. \`hold\`: without a template, the first connection waits (ten seconds, or \`firstConnectionHoldMs\` of the [limits](limits.md)) for a rule to activate the certificate. \`approve\`: it waits for a person: [who may come](who-may-come.md). |
| CA certificate | \`muster:allow-list\`, \`muster:max-devices\` | a file or https URL with the devices that may come; how many may: [who may come](who-may-come.md) |
| CA certificate | \`muster:identity\`, \`muster:succeeds\` | \`certificate\` (default), \`key\`, or \`common-name\`: what its devices are known again by; the id of the CA whose names it may use: [renewals](renewals.md) |
| certificate | \`muster:claim-uses\`, \`muster:claim-until\` | how many devices may be provisioned with it, and until when: [claims](claims.md) |
| CA certificate | \`muster:crl\`, \`muster:crl-policy\` | a file or URL with its revocation list; \`soft\` (default) or \`hard\` when there is none to be had: [revocation lists](revocation-lists.md) |

## Memory
Where there are 2 GiB or more, \`npx muster start\` lets Node take some 200 MB before it collects garbage, which saves CPU. To decide
yourself, say something about heap sizes, e.g. \`NODE_OPTIONS=--max-old-space-size=512\`: then Node is left as it is.
`
}

export function reasonCodesPage(): string {
  const rows = Object.entries(reasonCodes).map(
    ([code, { level, meaning, advice }]) => `| \`${code}\` | ${level} | ${meaning} | ${advice} |`,
  )
  const errors = handshakeErrors.map(
    ({ error, advice }) => `| ${error.source.replaceAll('|', ', ')} | ${advice} |`,
  )
  return `# What do the reason codes mean?

The journal, the log, and the metric \`muster_journal_entries_total\` use the same codes. \`npx muster explain <id>\` shows
them with their details. Who is turned away before it has a name is found by \`npx muster explain --address <IP address>\`,
and \`npx muster explain --recent\` shows who was turned away last (\`GET /muster/v1/refusals?address=&limit=\`, action
\`muster:ListRefusals\`). What connected devices are denied is found by their names alone.

| code | level | meaning | what to change |
|---|---|---|---|
${rows.join('\n')}

## Why did the handshake fail?
The \`error\` of \`handshake-failed\` is OpenSSL's, seen from the server; an \`ALERT\` is what the device said.

| error contains | what to change |
|---|---|
${errors.join('\n')}
`
}
