/**
 * The typed hole that features fill: one handler per operation of an AWS client package. A handler that the
 * package does not know, or a wrong output member, does not compile.
 */
import type { Caller } from './caller.ts'

/** What a handler knows beside its input. */
export interface CallContext {
  caller: Caller
  /** That signed the call. */
  accessKeyId?: string
  accountId: string
  region: string
  requestId: string
  sourceIp: string
  /** Of the API port as the caller reached it, without a slash at the end; absent for a call that named no host. */
  serverUrl?: string
  /**
   * Asks IAM for a permission beyond the operation's own, e.g. `iam:PassRole` on a role's ARN.
   * @throws {AwsError} `AccessDeniedException` when no policy of the caller allows it.
   */
  authorize: (action: string, resourceArn: string, conditions?: Record<string, string>) => Promise<void>
}

/** Members that the model requires are there: `aws/validate.ts` has refused the rest. */
type Present<T> = T extends Uint8Array | Date | { $unknown: [string, unknown] }
  ? T
  : T extends readonly (infer Item)[]
    ? Present<Item>[]
    : T extends object
      ? { [K in keyof T]: object extends Pick<T, K> ? Present<T[K]> : Present<Exclude<T[K], undefined>> }
      : T

interface CommandLike<Input, Output> {
  readonly input: Input
  resolveMiddleware: (...parameters: never[]) => (...parameters: never[]) => Promise<{ output: Output }>
}

type OperationName<Name> = Name extends `${infer Operation}Command`
  ? Operation extends '$'
    ? never
    : Operation
  : never

type InputOf<Command> = Command extends new (...parameters: never[]) => CommandLike<infer Input, infer _>
  ? Present<Input>
  : never

type OutputOf<Command> = Command extends new (...parameters: never[]) => CommandLike<infer _, infer Output>
  ? keyof Omit<Output, '$metadata'> extends never
    ? void
    : Omit<Output, '$metadata'>
  : never

/** Handlers by AWS operation name; a handler of an operation without output returns nothing. */
export type Operations<Client> = {
  [Name in keyof Client as OperationName<Name>]: (
    input: InputOf<Client[Name]>,
    context: CallContext,
  ) => Promise<OutputOf<Client[Name]>>
}

/** What a caller must be allowed: by default the action is `<service prefix>:<operation>`. */
export interface RequiredPermission {
  action?: string
  /** ARNs or `*`. Each must be allowed. */
  resources: string[]
  /** Values of condition keys that the operation has, e.g. `iot:thingArn`. */
  conditions?: Record<string, string>
}

/** For each offered operation the ARNs that IAM decides about (AWS Service Authorization Reference). */
export type Permissions<Client> = {
  [Name in keyof Client as OperationName<Name>]: (
    input: InputOf<Client[Name]>,
    scope: { accountId: string; region: string },
  ) => RequiredPermission
}
