import { logsError } from '../logs-error.ts'

export const invalidPattern = (why: string) =>
  logsError('InvalidParameterException', `Invalid filter pattern: ${why}`)

export const regexNotOffered = () => invalidPattern('regular expressions (%...%) are not offered')
