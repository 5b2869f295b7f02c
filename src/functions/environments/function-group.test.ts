import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openTestAccount } from '../testing/test-account.ts'
import { findPlace, openFunctionGroup, type FunctionGroup } from './function-group.ts'

const unified = 'cgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate 0 0\n'
const hybrid = 'cgroup /proc/self cgroup rw,cpu,cpuacct 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n'

describe('the group of functions', () => {
  it('stands beside that of the server, in one that was given to it', () => {
    expect(findPlace('0::/system.slice/muster.service/server\n', unified)).toEqual({
      parent: '/sys/fs/cgroup/system.slice/muster.service',
      file: 'cpu.weight',
      share: '50',
    })
  })

  it('stands below that of the server in version 1, where that is allowed', () => {
    expect(findPlace('4:memory:/a\n3:cpu,cpuacct:/\n0::/\n', hybrid)).toMatchObject({
      parent: expect.stringContaining('/proc/self'),
      file: 'cpu.shares',
    })
  })

  it.each([
    ['the group is a unit of systemd', '0::/system.slice/muster.service\n', unified],
    ['the group is a person’s', '0::/user.slice/user-1000.slice/session-3.scope\n', unified],
    ['the group is the only one that is seen', '0::/\n', unified],
    ['none is mounted', '0::/a/server\n', 'proc /proc proc rw 0 0\n'],
    ['the one of version 1 is not seen from here', '3:cpu:/docker/4711\n', hybrid],
    ['there is nothing', '', ''],
  ])('is absent where %s', (_, groups, mounts) => expect(findPlace(groups, mounts)).toBeUndefined())
})

/** Process ids; an empty group may be cleared away by another server's start. */
function membersOf(group: FunctionGroup | undefined): string[] {
  const file = join(group?.directory ?? '', 'cgroup.procs')
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : ['']
}

const probe = openFunctionGroup()
probe?.[Symbol.dispose]()

describe.runIf(probe)('where this machine has a group for functions', () => {
  it('takes in processes with what they start, and is gone when they are', async () => {
    const group = openFunctionGroup()
    const child = spawn('sh', ['-c', 'read go; sleep 100 & echo started; wait'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    group?.add(child.pid ?? 0)
    child.stdin.write('\n')
    await once(child.stdout, 'data')
    const members = () => membersOf(group)
    expect(members()).toHaveLength(2)
    for (const pid of members()) process.kill(Number(pid), 'SIGKILL')
    await expect.poll(members).toEqual([''])
    group?.[Symbol.dispose]()
    expect(existsSync(group?.directory ?? '')).toBe(false)
  })

  it('is there again for the next process when the start of another server cleared it away', async () => {
    const group = openFunctionGroup()
    openFunctionGroup()?.[Symbol.dispose]()
    const child = spawn('sleep', ['100'], { stdio: 'ignore' })
    group?.add(child.pid ?? 0)
    expect(membersOf(group)).toEqual([String(child.pid)])
    child.kill('SIGKILL')
    await expect.poll(() => membersOf(group)).toEqual([''])
    group?.[Symbol.dispose]()
  })

  it('has every process of a function in it', async () => {
    await using account = await openTestAccount()
    const source = `const { readFileSync } = require('fs'), { execFileSync } = require('child_process')
      const own = () => readFileSync('/proc/self/cgroup', 'utf8')
      exports.handler = async () => [own(), execFileSync('cat', ['/proc/self/cgroup']).toString()]`
    await account.create('member', { 'index.js': source })
    const { answer } = await account.invoke('member')
    expect(answer).toEqual(Array(2).fill(expect.stringContaining('/muster-functions-')))
  })
})
