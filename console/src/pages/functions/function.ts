/** A function as the API has it. */
export interface FunctionConfiguration {
  FunctionName: string
  FunctionArn: string
  Runtime?: string
  Handler?: string
  Role: string
  Description?: string
  Timeout?: number
  MemorySize?: number
  CodeSize?: number
  CodeSha256?: string
  LastModified?: string
  Version: string
  RevisionId?: string
  Environment?: { Variables?: Record<string, string> }
  LoggingConfig?: { LogGroup?: string }
}

export const logGroupOf = ({ FunctionName, LoggingConfig }: FunctionConfiguration): string =>
  LoggingConfig?.LogGroup ?? `/aws/lambda/${FunctionName}`

export const runtimes = [
  { value: 'nodejs24.x', label: 'Node.js 24.x' },
  { value: 'nodejs22.x', label: 'Node.js 22.x' },
  { value: 'nodejs20.x', label: 'Node.js 20.x' },
  { value: 'nodejs12.x', label: 'Node.js 12.x' },
  { value: 'python3.14', label: 'Python 3.14' },
  { value: 'python3.13', label: 'Python 3.13' },
  { value: 'python3.12', label: 'Python 3.12' },
] as const

export const lambda = (operation: string, input: object = {}) => ({ service: 'lambda', operation, input })
