/** The statements by which functions let AWS IoT invoke them, for a rule or an authorizer. */
import { useQueries } from '@tanstack/react-query'
import { ApiError, call, type OperationCall } from '../../api/call.ts'

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

/** Judged as far as a console can: whether one of them is for what has that ARN. */
export function permits(statements: readonly Statement[], sourceArn: string): boolean {
  return statements.some(({ Effect, Principal, Action, Condition }) => {
    const service = typeof Principal === 'string' ? Principal : Principal.Service
    const source = Object.entries(Condition?.ArnLike ?? {}).find(([key]) => /^aws:sourcearn$/i.test(key))?.[1]
    return (
      Effect === 'Allow' &&
      (service === 'iot.amazonaws.com' || service === '*') &&
      /^lambda:(InvokeFunction|\*)$/i.test(Action) &&
      (source === undefined || matchesArn(source, sourceArn))
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

/** For each function, whether it lets the source invoke it; `undefined` until that is known. */
export function usePermits(
  functionArns: readonly string[],
  sourceArn: string,
): readonly (boolean | undefined)[] {
  return useQueries({
    queries: functionArns.map((arn) => ({
      queryKey: ['lambda', 'GetPolicy', { FunctionName: arn }],
      queryFn: () => readStatements(arn),
    })),
  }).map(({ data }) => data && permits(data, sourceArn))
}

const maxStatementId = 100

/** Lets the source invoke the function, as AWS's console does. */
export function permissionCall(functionArn: string, sourceArn: string): OperationCall {
  const [, , , , SourceAccount, resource = ''] = sourceArn.split(':')
  return {
    service: 'lambda',
    operation: 'AddPermission',
    input: {
      FunctionName: functionArn,
      StatementId: `iot-${resource}`.replaceAll(/[^\w-]/g, '-').slice(0, maxStatementId),
      Action: 'lambda:InvokeFunction',
      Principal: 'iot.amazonaws.com',
      SourceArn: sourceArn,
      SourceAccount,
    },
  }
}

/** For those of the functions that do not let the source invoke them yet. */
export function usePermissionCalls(functionArns: readonly string[], sourceArn: string): OperationCall[] {
  const allowed = usePermits(functionArns, sourceArn)
  return functionArns
    .filter((_, at) => allowed[at] !== true)
    .map((functionArn) => permissionCall(functionArn, sourceArn))
}
