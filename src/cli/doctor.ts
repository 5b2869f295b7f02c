import { parseConfig } from '../server/config.ts'
import { examine, type Finding } from '../server/doctor/index.ts'
import type { CommandContext } from './command.ts'

const marks: Readonly<Record<Finding['state'], string>> = { ok: 'ok   ', warning: 'WARN ', fault: 'FAULT' }

/** Takes the options of `start`. Exits 0 when a server could run, 1 when something keeps it from that. */
export async function doctor({ source, print }: CommandContext): Promise<number> {
  const findings = await examine(parseConfig(source))
  for (const finding of findings) print(render(finding))
  const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length
  const [faults, warnings] = [count('fault'), count('warning')]
  if (faults + warnings > 0) print(`\nFaults: ${faults}. Warnings: ${warnings}.\n`)
  else print('\nAll is well.\n')
  return faults === 0 ? 0 : 1
}

const render = ({ state, subject, found, advice }: Finding): string =>
  `${marks[state]}  ${subject}: ${found}\n${advice === undefined ? '' : `       ${advice}\n`}`
