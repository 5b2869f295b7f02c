/**
 * Takes a function the right to make user namespaces. In one of its own it would be root, and make file systems in memory and shared
 * memory of any size, which belong to no process and so are counted nowhere. Sources: Linux user_namespaces(7); namespaces(7), "The
 * /proc/sys/user directory": what is written there holds for the namespace of who writes, and for those below it.
 */

/** Run by who has every capability in a namespace that is not the host's. */
export const forbidNamespaces = 'echo 0 > /proc/sys/user/max_user_namespaces'

/** `command`, run by a user who is no root, in a namespace that nobody makes another one in. It has no capability there. */
export function withoutNamespaces(command: readonly string[]): string[] {
  const own = ['unshare', '--map-current-user', '--keep-caps', '--']
  const drop = ['setpriv', '--no-new-privs', '--ambient-caps=-all', '--inh-caps=-all', '--bounding-set=-all']
  return [...own, 'sh', '-c', `${forbidNamespaces} && exec "$@"`, 'sh', ...drop, '--', ...command]
}
