import { describe, expect, it } from 'vitest'
import { GroupCommit, type BatchStatements } from './group-commit.ts'

function recorder(failing: Partial<Record<keyof BatchStatements, Error>> = {}) {
  const calls: string[] = []
  const statement = (name: keyof BatchStatements) => () => {
    calls.push(name)
    if (failing[name]) throw failing[name]
  }
  const statements: BatchStatements = {
    begin: statement('begin'),
    savepoint: statement('savepoint'),
    release: statement('release'),
    undo: statement('undo'),
    commit: statement('commit'),
    rollback: statement('rollback'),
  }
  return { calls, commits: new GroupCommit(statements) }
}

describe('group commit', () => {
  it('commits what is asked for at the same time once', async () => {
    const { calls, commits } = recorder()
    const values = await Promise.all([1, 2, 3].map((value) => commits.transact(async () => value)))
    expect(values).toEqual([1, 2, 3])
    expect(calls.filter((call) => call === 'commit')).toHaveLength(1)
    expect(calls.filter((call) => call === 'savepoint')).toHaveLength(3)
  })

  it('tells nobody of an outcome before the commit, not even of a failure', async () => {
    const { calls, commits } = recorder()
    const told: string[] = []
    const first = commits.transact(async () => 'value').then(() => told.push(`kept after ${calls.at(-1)}`))
    const second = commits
      .transact(() => Promise.reject(new Error('refused')))
      .catch(() => told.push(`refused after ${calls.at(-1)}`))
    await Promise.all([first, second])
    expect(told).toEqual(['kept after commit', 'refused after commit'])
  })

  it('undoes by itself what fails and keeps its neighbours', async () => {
    const { calls, commits } = recorder()
    const outcomes = await Promise.allSettled([
      commits.transact(async () => 'first'),
      commits.transact(() => Promise.reject(new Error('second'))),
      commits.transact(async () => 'third'),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(calls.filter((call) => call === 'undo')).toHaveLength(1)
  })

  it('fails every transaction of a batch that cannot be committed', async () => {
    const { calls, commits } = recorder({ commit: new Error('disk full') })
    const outcomes = await Promise.allSettled([1, 2].map((value) => commits.transact(async () => value)))
    expect(outcomes).toEqual([1, 2].map(() => ({ status: 'rejected', reason: new Error('disk full') })))
    expect(calls.at(-1)).toBe('rollback')
  })

  it('fails those who wait when no transaction can be opened', async () => {
    const { commits } = recorder({ begin: new Error('locked') })
    await expect(commits.transact(async () => 1)).rejects.toThrow('locked')
  })

  it('runs one after the other, never interleaved', async () => {
    const { commits } = recorder()
    const order: string[] = []
    const work = (name: string) => async () => {
      order.push(`${name} begins`)
      await Promise.resolve()
      order.push(`${name} ends`)
    }
    await Promise.all([commits.transact(work('a')), commits.transact(work('b'))])
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
  })

  it('lets a lone caller wait for nobody', async () => {
    const { calls, commits } = recorder()
    for (let call = 0; call < 200; call++) await commits.transact(async () => call)
    expect(calls.filter((call) => call === 'commit')).toHaveLength(200)
  })

  it('gathers after a commit that several shared, so that the next one has company too', async () => {
    const { calls, commits } = recorder()
    await Promise.all([1, 2].map((value) => commits.transact(async () => value)))
    const first = commits.transact(async () => 3)
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    await Promise.all([first, commits.transact(async () => 4)])
    expect(calls.filter((call) => call === 'commit')).toHaveLength(2)
  })
})
