import { pino, stdSerializers, type Logger } from 'pino'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

/** For where building what is logged costs more than finding out that nobody wants it. */
export type LevelLog = Log & Pick<Logger, 'isLevelEnabled'>

const secretPaths = [
  'secret',
  'secretAccessKey',
  'sessionToken',
  'privateKey',
  'keyPem',
  'authorization',
  'headers.authorization',
]

/** A JSON log on standard error with secrets struck out. Messages are constant, values go into fields. */
export function createLog(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      serializers: { error: stdSerializers.err }, // as for `err`: an Error has no members that JSON would show
      redact: { paths: [...secretPaths, ...secretPaths.map((path) => `*.${path}`)], censor: '[redacted]' },
    },
    pino.destination({ dest: 2, sync: false }),
  )
}
