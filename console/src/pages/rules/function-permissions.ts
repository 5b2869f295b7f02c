/** The statements by which functions let a rule invoke them. */
import { useQueries } from '@tanstack/react-query'
import { ApiError, call, type OperationCall, type Session } from '../../api/call.ts'
import type { ActionDraft } from './rule.ts'

interface Statement {
  Sid: string
  Effect: string
  Principal: { Service?: string; AWS?: string } | string
  Action: string
  Condition?: { ArnLike?: Record<string, string> }
}

/** `*` and `?` as in ARN conditions. */
function matchesArn(pattern: string, arn: string): boolean {
  const expression = pattern
    .replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${expression}$`).test(arn)
}

/** Judged as far as a console can: whether one of them is for the rule. */
export function permits(statements: readonly Statement[], ruleArn: string): boolean {
  return statements.some(({ Effect, Principal, Action, Condition }) => {
    const service = typeof Principal === 'string' ? Principal : Principal.Service
    const source = Object.entries(Condition?.ArnLike ?? {}).find(([key]) => /^aws:sourcearn$/i.test(key))?.[1]
    return (
      Effect === 'Allow' &&
      (service === 'iot.amazonaws.com' || service === '*') &&
      /^lambda:(InvokeFunction|\*)$/i.test(Action) &&
      (source === undefined || matchesArn(source, ruleArn))
    )
  })
}

/** Of a function; none when it has no policy. */
export async function readStatements(functionName: string): Promise<Statement[]> {
  try {
    const input = { FunctionName: functionName }
    const { Policy } = await call<{ Policy: string }>({ service: 'lambda', operation: 'GetPolicy', input })
    return (JSON.parse(Policy) as { Statement: Statement[] }).Statement
  } catch (error) {
    if (error instanceof ApiError && error.code.startsWith('ResourceNotFound')) return []
    throw error
  }
}

export const functionsOf = (actions: readonly (ActionDraft | undefined)[]): string[] => [
  ...new Set(
    actions.flatMap((action) =>
      action?.kind === 'lambda' && typeof action.config['functionArn'] === 'string'
        ? [action.config['functionArn']]
        : [],
    ),
  ),
]

export const ruleArnOf = ({ region, accountId }: Pick<Session, 'region' | 'accountId'>, ruleName: string) =>
  `arn:aws:iot:${region}:${accountId}:rule/${ruleName}`

/** For each function, whether it lets the rule invoke it; `undefined` until that is known. */
export function usePermits(
  functionArns: readonly string[],
  ruleArn: string,
): readonly (boolean | undefined)[] {
  return useQueries({
    queries: functionArns.map((arn) => ({
      queryKey: ['lambda', 'GetPolicy', { FunctionName: arn }],
      queryFn: () => readStatements(arn),
    })),
  }).map(({ data }) => data && permits(data, ruleArn))
}

const maxStatementId = 100

/** Lets the rule invoke the function, as AWS's console does. */
export function permissionCall(functionArn: string, ruleArn: string): OperationCall {
  const [ruleName = ''] = ruleArn.split('/').slice(-1)
  return {
    service: 'lambda',
    operation: 'AddPermission',
    input: {
      FunctionName: functionArn,
      StatementId: `iot-rule-${ruleName}`.slice(0, maxStatementId),
      Action: 'lambda:InvokeFunction',
      Principal: 'iot.amazonaws.com',
      SourceArn: ruleArn,
      SourceAccount: ruleArn.split(':')[4],
    },
  }
}
