import { setImmediate as immediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { longTurnMs } from '../lib/turn-of-others.ts'
import { GroupCommit, type BatchStatements, type Durability } from './group-commit.ts'

function recorder(
  failing: Partial<Record<keyof BatchStatements, Error>> = {},
  disk: Partial<Durability> = {},
) {
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
  const durability: Durability = {
    pinReaders: () => void calls.push('pin'),
    releaseReaders: () => void calls.push('unpin'),
    isSyncNeeded: () => true,
    async sync() {
      await immediate()
      calls.push('sync')
    },
    isUpkeepDue: () => false,
    upkeep: async () => void calls.push('upkeep'),
    ...disk,
  }
  return { calls, commits: new GroupCommit(statements, durability) }
}

/** A disk that keeps everybody waiting until it is told what came of it. */
function heldDisk() {
  const waiting: PromiseWithResolvers<void>[] = []
  const sync = () => {
    waiting.push(Promise.withResolvers<void>())
    return waiting.at(-1)!.promise
  }
  return { sync, waiting, asked: (times: number) => expect.poll(() => waiting.length).toBe(times) }
}

describe('a companion of the commits', () => {
  const companionOf = (commits: GroupCommit, calls: string[], complete?: () => Promise<void>) =>
    commits.accompany({
      noteFor: () => () => void calls.push('note'),
      complete: () => {
        calls.push('complete')
        return complete?.()
      },
      settle: (isDurable) => void calls.push(isDurable ? 'settle' : 'settle lost'),
      abandon: (isCompleted) => void calls.push(isCompleted ? 'abandon completed' : 'abandon'),
    })

  it('is told of work that succeeded inside of its transaction, writes before the commit, and hears before the caller', async () => {
    const { calls, commits } = recorder()
    companionOf(commits, calls)
    await commits.transact(async () => {})
    calls.push('caller')
    expect(calls).toEqual(
      'begin savepoint note release complete pin commit sync unpin settle caller'.split(' '),
    )
  })

  it('is not told of work that failed', async () => {
    const { calls, commits } = recorder()
    companionOf(commits, calls)
    await expect(commits.transact(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(calls).not.toContain('note')
  })

  it.each([
    ['before it wrote', { release: new Error('broken') }, 'abandon'],
    ['after it wrote', { commit: new Error('broken') }, 'abandon completed'],
  ])('hears that a batch was undone %s', async (_, failing, heard) => {
    const { calls, commits } = recorder(failing)
    companionOf(commits, calls)
    await expect(commits.transact(async () => {})).rejects.toThrow('broken')
    expect(calls.at(-1)).toBe(heard)
  })

  it('fails the batch when it cannot write', async () => {
    const { calls, commits } = recorder()
    companionOf(commits, calls, () => Promise.reject(new Error('full')))
    await expect(commits.transact(async () => {})).rejects.toThrow('full')
    expect(calls).not.toContain('commit')
    expect(calls.at(-1)).toBe('abandon completed')
  })

  it('hears that what was committed may be lost', async () => {
    const { calls, commits } = recorder({}, { sync: () => Promise.reject(new Error('disk')) })
    companionOf(commits, calls)
    await expect(commits.transact(async () => {})).rejects.toThrow('the disk failed')
    expect(calls.at(-1)).toBe('settle lost')
  })
})

describe('group commit', () => {
  it('commits what is asked for at the same time once', async () => {
    const { calls, commits } = recorder()
    const values = await Promise.all([1, 2, 3].map((value) => commits.transact(async () => value)))
    expect(values).toEqual([1, 2, 3])
    expect(calls.filter((call) => call === 'commit')).toHaveLength(1)
    expect(calls.filter((call) => call === 'savepoint')).toHaveLength(3)
  })

  it('tells nobody of an outcome before it is durable, not even of a failure', async () => {
    const { calls, commits } = recorder()
    const told: string[] = []
    const first = commits.transact(async () => 'value').then(() => told.push(`kept after ${calls.join(' ')}`))
    const second = commits
      .transact(() => Promise.reject(new Error('refused')))
      .catch(() => told.push(`refused after ${calls.join(' ')}`))
    await Promise.all([first, second])
    expect(told).toEqual([
      expect.stringMatching(/^kept after .* pin commit sync unpin$/),
      expect.stringMatching(/^refused after .* pin commit sync unpin$/),
    ])
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

  it('notes what came of a work once it stands: nothing of one that failed, and once of one that was run twice', async () => {
    const { commits } = recorder()
    const notes: string[] = []
    const noteFor = (value: string) => () => void notes.push(value)
    await Promise.allSettled([
      commits.transact(async () => 'first', ['a'], noteFor),
      commits.transact(() => Promise.reject(new Error('no')), ['b'], noteFor),
      commits.transact(async () => 'third', undefined, noteFor),
    ])
    expect(notes).toEqual(['first', 'third'])
  })

  it('fails a work by itself of which nothing can be noted', async () => {
    const { commits } = recorder()
    const noteFor = () => {
      throw new Error('not to be noted')
    }
    const outcomes = await Promise.allSettled([
      commits.transact(async () => 'first', ['a'], noteFor),
      commits.transact(async () => 'second', ['b']),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  })

  it('fails every transaction of a batch that cannot be committed', async () => {
    const { calls, commits } = recorder({ commit: new Error('disk full') })
    const outcomes = await Promise.allSettled([1, 2].map((value) => commits.transact(async () => value)))
    expect(outcomes).toEqual([1, 2].map(() => ({ status: 'rejected', reason: new Error('disk full') })))
    expect(calls.slice(-2)).toEqual(['rollback', 'unpin'])
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

  describe('in pieces', () => {
    const other = (calls: string[]) => setImmediate(() => calls.push('other'))
    const between = (calls: readonly string[], before: string, after: string) =>
      calls.indexOf(before) < calls.indexOf('other') && calls.indexOf('other') < calls.lastIndexOf(after)

    it('commits in another turn of the event loop than the one in which the works were done', async () => {
      const { calls, commits } = recorder()
      await commits.transact(async () => void other(calls))
      expect(between(calls, 'savepoint', 'commit')).toBe(true)
    })

    it('lets others have their turn after a work that took long', async () => {
      const { calls, commits } = recorder()
      const long = commits.transact(async () => {
        other(calls)
        for (const begunAt = performance.now(); performance.now() - begunAt <= longTurnMs;);
      })
      await Promise.all([long, commits.transact(async () => {})])
      expect(between(calls, 'release', 'savepoint')).toBe(true)
      expect(calls.filter((call) => call === 'commit')).toHaveLength(1)
    })
  })

  describe('of works with names', () => {
    const held = () => {
      const order: string[] = []
      const work = (name: string) => async (isAmongOthers: boolean) => {
        order.push(`${name} begins`)
        await Promise.resolve()
        order.push(`${name} ends${isAmongOthers ? ' among others' : ''}`)
        return name
      }
      return { order, work }
    }

    it('runs those side by side that share none, in one savepoint', async () => {
      const { calls, commits } = recorder()
      const { order, work } = held()
      const done = await Promise.all(['a', 'b'].map((name) => commits.transact(work(name), [name])))
      expect([done, order]).toEqual([
        ['a', 'b'],
        ['a begins', 'b begins', 'a ends among others', 'b ends among others'],
      ])
      expect(calls.filter((call) => call === 'savepoint')).toHaveLength(1)
    })

    it.each([
      ['share a name', ['x', 'own'], ['other', 'x']],
      ['are beside one without names', ['x'], undefined],
      ['are beside one without names, which is first', undefined, ['x']],
    ])('runs those alone that %s', async (_what, first, second) => {
      const { calls, commits } = recorder()
      const { order, work } = held()
      await Promise.all([commits.transact(work('a'), first), commits.transact(work('b'), second)])
      expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
      expect(calls.filter((call) => call === 'savepoint')).toHaveLength(2)
    })

    it('undoes all when one fails, and runs each again alone, so that only that one fails', async () => {
      const { calls, commits } = recorder()
      const { order, work } = held()
      const outcomes = await Promise.allSettled([
        commits.transact(work('a'), ['a']),
        commits.transact(() => Promise.reject(new Error('no')), ['b']),
      ])
      expect(outcomes).toEqual([
        { status: 'fulfilled', value: 'a' },
        { status: 'rejected', reason: new Error('no') },
      ])
      expect(order).toEqual(['a begins', 'a ends among others', 'a begins', 'a ends'])
      expect(calls.slice(0, 9).join(' ')).toBe(
        'begin savepoint undo release savepoint release savepoint undo release',
      )
    })

    it('tells the companion once of a work that was run twice', async () => {
      const { commits } = recorder()
      let notes = 0
      commits.accompany({
        noteFor: () => () => void notes++,
        complete: () => undefined,
        settle: () => {},
        abandon: () => {},
      })
      await Promise.allSettled([
        commits.transact(async () => 'a', ['a']),
        commits.transact(() => Promise.reject(new Error('no')), ['b']),
      ])
      expect(notes).toBe(1)
    })
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

  it('runs the next batch while the disk is busy, and commits it only afterwards', async () => {
    const disk = heldDisk()
    const { calls, commits } = recorder({}, disk)
    const first = commits.transact(async () => 1)
    await disk.asked(1)
    let ran = false
    const second = commits.transact(async () => (ran = true))
    await expect.poll(() => ran).toBe(true)
    expect(calls.filter((call) => call === 'commit')).toHaveLength(1)
    disk.waiting[0]!.resolve()
    await first
    await disk.asked(2)
    expect(calls.slice(-3)).toEqual(['unpin', 'pin', 'commit'])
    disk.waiting[1]!.resolve()
    expect(await second).toBe(true)
  })

  it('does not wait for the disk when nothing was changed', async () => {
    const { calls, commits } = recorder({}, { isSyncNeeded: () => false })
    expect(await commits.transact(async () => 'read')).toBe('read')
    expect(await commits.transact(async () => 'again')).toBe('again')
    expect(calls.slice(-3)).toEqual(['pin', 'commit', 'unpin'])
    expect(calls).not.toContain('sync')
  })

  it('fails what the disk did not keep, and everything after it, and shows readers neither', async () => {
    const disk = heldDisk()
    const { calls, commits } = recorder({}, disk)
    const first = commits.transact(async () => 1)
    await disk.asked(1)
    const second = commits.transact(async () => 2)
    disk.waiting[0]!.reject(new Error('EIO'))
    for (const lost of [first, second, commits.transact(async () => 3)])
      await expect(lost).rejects.toThrow('the disk failed to keep what was written')
    await commits.idle()
    expect(calls.filter((call) => call === 'commit')).toHaveLength(1)
    expect(calls).not.toContain('unpin')
  })

  it('does the upkeep of its files only when nothing is on its way to the disk', async () => {
    const disk = heldDisk()
    let isDue = false
    const { calls, commits } = recorder({}, { ...disk, isUpkeepDue: () => isDue })
    const first = commits.transact(async () => 1)
    await disk.asked(1)
    isDue = true
    const second = commits.transact(async () => 2)
    await immediate()
    expect(calls).not.toContain('upkeep')
    disk.waiting[0]!.resolve()
    await first
    await disk.asked(2)
    expect(calls.slice(calls.indexOf('unpin'))).toEqual(
      ['unpin', 'upkeep', 'begin', 'savepoint', 'release', 'pin', 'commit'], //
    )
    disk.waiting[1]!.resolve()
    await second
  })
})
