/** Which program runs a function: its runtime's name says. */

/** `nodejs` and `python` have a bootstrap here; `provided` brings its own. */
export type RuntimeKind = 'nodejs' | 'python' | 'provided'

/**
 * Any version of Node.js runs on the one that runs Muster, any Python 3 on the machine's own.
 * `undefined` for a runtime that is not offered.
 */
export function findRuntimeKind(runtime: string): RuntimeKind | undefined {
  if (/^nodejs(?:\d+\.(?:\d+|x))?$/.test(runtime)) return 'nodejs'
  if (/^python3\.\d+$/.test(runtime)) return 'python'
  if (/^provided(?:\.[a-z\d]+)?$/.test(runtime)) return 'provided'
  return undefined
}
