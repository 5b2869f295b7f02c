/** Whether the machine gives what a server needs: descriptors, memory, a clock that is right, random numbers. */
import { existsSync, readFileSync } from 'node:fs'
import { freemem } from 'node:os'
import { isClockBehind, newestWrite } from '../clock.ts'
import { fine, fault, warning, type Finding } from './finding.ts'

/** Beside connections: database, logs, functions. */
const ownFiles = 200
const fewFiles = 8192

/** @param limits the text of /proc/self/limits; Node itself raises the soft limit to the hard one */
export function judgeOpenFiles(limits: string): Finding {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1]
  if (hard === undefined) return fine('open files', 'this system names no limit')
  const most = hard === 'unlimited' ? Infinity : Number(hard)
  if (most >= fewFiles) return fine('open files', `${hard}, each connection takes one`)
  return warning(
    'open files',
    `at most ${hard}, so some ${Math.max(0, most - ownFiles)} connections`,
    'Raise the limit: LimitNOFILE in the unit, or ulimit -n.',
  )
}

const leastFreeMemoryMb = 256

/** @param freeMb memory that programs may still have, in MiB */
export function judgeMemory(freeMb: number): Finding {
  const found = `${freeMb} MB available`
  if (freeMb >= leastFreeMemoryMb) return fine('memory', found)
  return warning(
    'memory',
    found,
    'An idle server holds 120 MB, each connection some 60 KB more: give it more memory.',
  )
}

/** @param newest when the newest file of the data directory was written, in ms; undefined when there is none */
export function judgeClock(now: number, newest: number | undefined): Finding {
  const found = new Date(now).toISOString()
  if (newest === undefined || !isClockBehind(now, newest)) return fine('clock', found)
  return fault(
    'clock',
    `${found}, but the data directory was written to at ${new Date(newest).toISOString()}`,
    'Set the clock (timedatectl set-ntp true): certificates are judged by it.',
  )
}

/** @param available bits, as /proc/sys/kernel/random/entropy_avail says; undefined where there is no such file */
export function judgeEntropy(available: number | undefined): Finding {
  if (available === undefined || available >= 128) return fine('random numbers', 'ready')
  return warning(
    'random numbers',
    `${available} bits gathered so far`,
    'Keys wait until the kernel has 128: give the machine a hardware source (virtio-rng), or rngd.',
  )
}

export function checkMachine(dataDir: string): Finding[] {
  const entropy = readText('/proc/sys/kernel/random/entropy_avail')
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(readText('/proc/meminfo') ?? '')?.[1]
  const freeMb = available === undefined ? freemem() / 2 ** 20 : Number(available) / 1024
  return [
    judgeOpenFiles(readText('/proc/self/limits') ?? ''),
    judgeMemory(Math.floor(freeMb)),
    judgeClock(Date.now(), newestWrite(dataDir)),
    judgeEntropy(entropy === undefined ? undefined : Number(entropy)),
  ]
}

const readText = (file: string): string | undefined =>
  existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
