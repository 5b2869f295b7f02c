import type * as Lambda from '@aws-sdk/client-lambda'
import { AwsError } from '../api/aws/errors.ts'
import type { CallContext, Operations } from '../api/aws/operations.ts'
import type { Identities } from '../access/identities/index.ts'
import type { MaybePromise } from '../lib/maybe-promise.ts'
import type { Store } from '../store/index.ts'
import type { Functions } from './functions.ts'
import { resolveTarget } from './invocations/target.ts'
import { functionArn, parseFunctionName, parseWholeFunction } from './registry/function-name.ts'
import {
  createFunction,
  deleteFunction,
  findReservation,
  getVersion,
  listFunctions,
  updateLatest,
  type FunctionKey,
} from './registry/function-store.ts'
import { latest, toConfiguration, type FunctionVersion } from './registry/function-version.ts'
import { lambdaError } from './registry/lambda-error.ts'
import { parsePage, toPage } from './registry/page.ts'
import { changeSettings, createSettings } from './registry/settings.ts'
import { listTags, setTags } from './registry/tag-store.ts'
import { deleteVersion, listCodeIds, listVersions, publishVersion } from './registry/version-store.ts'

export interface LambdaDeps {
  store: Store
  functions: Pick<Functions, 'invoke' | 'enqueue' | 'code' | 'codeLinks' | 'warnOfGaps'> & {
    /** Resolves when no event runs in environments of the function as it was any more, on any node. */
    retire: (accountId: string, functionName: string) => MaybePromise<void>
  }
  identities: Pick<Identities, 'assumeServiceRole'>
  now: () => Date
}

const service = 'lambda.amazonaws.com'

export function functionsOperations({ store, functions, identities, now }: LambdaDeps) {
  const { code, codeLinks, retire, warnOfGaps } = functions

  /** @throws {AwsError} when the caller may not pass the role, or the role does not trust Lambda */
  async function checkRole(roleArn: string, functionName: string, context: CallContext): Promise<void> {
    const { accountId } = context
    await context.authorize('iam:PassRole', roleArn, { 'iam:PassedToService': service })
    await identities
      .assumeServiceRole({ accountId, roleArn, service, sessionName: functionName })
      .catch((cause: unknown) => {
        if (!(cause instanceof AwsError)) throw cause
        const text = `The role defined for the function cannot be assumed by Lambda. ${cause.message}`
        throw lambdaError('InvalidParameterValueException', text)
      })
  }

  /** What no version needs any more is deleted. */
  async function removeUnusedCode(key: FunctionKey, before: readonly string[]): Promise<void> {
    const needed = new Set(await listCodeIds(store.read, key))
    for (const codeId of before) if (!needed.has(codeId)) await code.remove(key.accountId, codeId)
  }

  return {
    async CreateFunction(input, context) {
      const { FunctionName, Code, Publish, Tags } = input
      const key = keyOf(context, FunctionName)
      checkNewName(key.functionName)
      if (input.TenancyConfig || input.PublishTo)
        throw lambdaError(
          'InvalidParameterValueException',
          'Muster does not offer TenancyConfig and PublishTo',
        )
      const settings = createSettings(input)
      const archive = archiveOf(Code)
      await checkRole(settings.Role, key.functionName, context)
      if (Tags && Object.keys(Tags).length > 0)
        await context.authorize('lambda:TagResource', functionArn(context, key))
      const saved = await code.save(key.accountId, archive)
      const created = await store
        .transact(async (db) => {
          const version = await createFunction(db, { ...key, settings, code: saved, now: now() })
          if (Tags) await setTags(db, key, Tags)
          return Publish ? await publishVersion(db, key, { now: now() }) : version
        })
        .catch(async (cause: unknown) => {
          await code.remove(key.accountId, saved.codeId)
          throw cause
        })
      await warnOfGaps(created)
      return configurationOf(context, created)
    },

    async GetFunction({ FunctionName, Qualifier }, context) {
      const { version, qualifier, key } = await findFunction(store, context, { FunctionName, Qualifier })
      const reservation = await findReservation(store.read, key.accountId, key.functionName)
      const tags = await listTags(store.read, key)
      return {
        Configuration: toConfiguration(context, version, qualifier),
        Code: {
          RepositoryType: 'S3',
          ...(context.serverUrl !== undefined && {
            Location: context.serverUrl + codeLinks.create(key.accountId, version.code.codeId),
          }),
        },
        ...(Object.keys(tags).length > 0 && { Tags: tags }),
        ...(reservation?.reserved != null && {
          Concurrency: { ReservedConcurrentExecutions: reservation.reserved },
        }),
      }
    },

    async GetFunctionConfiguration(input, context) {
      const { version, qualifier } = await findFunction(store, context, input)
      return toConfiguration(context, version, qualifier)
    },

    async ListFunctions({ FunctionVersion: wanted, ...paging }, context) {
      const page = parsePage(paging)
      const found = await listFunctions(store.read, context.accountId, page)
      const { rows, NextMarker } = toPage(found, page, ({ functionName }) => functionName)
      if (wanted !== 'ALL') return { Functions: rows.map((row) => toConfiguration(context, row)), NextMarker }
      const all = rows.map(({ functionName }) =>
        listVersions(store.read, keyOf(context, functionName), { after: undefined, limit: 10_000 }),
      )
      const versions = (await Promise.all(all)).flat()
      return { Functions: versions.map((row) => toConfiguration(context, row, row.version)), NextMarker }
    },

    async UpdateFunctionCode({ FunctionName, RevisionId, Publish, DryRun, ...given }, context) {
      const key = keyOf(context, FunctionName)
      const archive = archiveOf(given)
      const before = await listCodeIds(store.read, key)
      const present = await getVersion(store.read, key)
      const saved = await code.save(key.accountId, archive)
      if (DryRun) {
        await code.remove(key.accountId, saved.codeId)
        return toConfiguration(context, { ...present, code: saved })
      }
      const updated = await store
        .transact(async (db) => {
          const version = await updateLatest(db, key, { code: saved, revisionId: RevisionId, now: now() })
          return Publish ? await publishVersion(db, key, { now: now() }) : version
        })
        .catch(async (cause: unknown) => {
          await code.remove(key.accountId, saved.codeId)
          throw cause
        })
      await retire(key.accountId, key.functionName)
      await removeUnusedCode(key, before)
      await warnOfGaps(updated)
      return configurationOf(context, updated)
    },

    async UpdateFunctionConfiguration({ FunctionName, RevisionId, ...input }, context) {
      const key = keyOf(context, FunctionName)
      await getVersion(store.read, key)
      if (input.Role !== undefined) await checkRole(input.Role, key.functionName, context)
      const updated = await store.transact(async (db) => {
        const present = await getVersion(db, key)
        const settings = changeSettings(present.settings, input)
        return await updateLatest(db, key, { settings, revisionId: RevisionId, now: now() })
      })
      await retire(key.accountId, key.functionName)
      if (input.Runtime !== undefined) await warnOfGaps(updated)
      return toConfiguration(context, updated)
    },

    async DeleteFunction({ FunctionName, Qualifier }, context) {
      const { functionName, qualifier } = parseFunctionName(context, FunctionName, Qualifier)
      const key = { ...scopeOf(context), functionName }
      const before = await listCodeIds(store.read, key)
      await store.transact((db) =>
        qualifier === undefined ? deleteFunction(db, key) : deleteVersion(db, key, qualifier),
      )
      await retire(key.accountId, functionName)
      await removeUnusedCode(key, before)
      return { StatusCode: 204 }
    },

    async PublishVersion({ FunctionName, Description, CodeSha256, RevisionId }, context) {
      const key = keyOf(context, FunctionName)
      const published = await store.transact((db) =>
        publishVersion(db, key, {
          description: Description,
          codeSha256: CodeSha256,
          revisionId: RevisionId,
          now: now(),
        }),
      )
      return configurationOf(context, published)
    },

    async ListVersionsByFunction({ FunctionName, ...paging }, context) {
      const key = keyOf(context, FunctionName)
      await getVersion(store.read, key)
      const page = parsePage(paging)
      const found = await listVersions(store.read, key, page)
      const { rows, NextMarker } = toPage(found, page, ({ version }) => version)
      return { Versions: rows.map((row) => toConfiguration(context, row, row.version)), NextMarker }
    },
  } satisfies Partial<Operations<typeof Lambda>>
}

const scopeOf = ({ accountId, region }: CallContext) => ({ accountId, region })

/** Of a function as a whole. @throws {AwsError} as `parseWholeFunction` */
export function keyOf(context: CallContext, name: string): FunctionKey {
  return { ...scopeOf(context), functionName: parseWholeFunction(context, name) }
}

interface NamedVersion {
  key: FunctionKey
  version: FunctionVersion
  /** As the caller gave it. */
  qualifier?: string | undefined
}

/** @throws {AwsError} `ResourceNotFoundException` */
async function findFunction(
  store: Store,
  context: CallContext,
  { FunctionName, Qualifier }: { FunctionName: string; Qualifier?: string | undefined },
): Promise<NamedVersion> {
  const reference = parseFunctionName(context, FunctionName, Qualifier)
  const { version } = await resolveTarget(store.read, context, reference, 1)
  const key = { ...scopeOf(context), functionName: reference.functionName }
  return { key, version, qualifier: reference.qualifier }
}

/** A published version's ARN ends with its number. */
function configurationOf(context: CallContext, version: FunctionVersion): Lambda.FunctionConfiguration {
  return toConfiguration(context, version, version.version === latest ? undefined : version.version)
}

const maxNameLength = 64

function checkNewName(functionName: string): void {
  if (functionName.length <= maxNameLength && /^[\w-]+$/.test(functionName)) return
  throw lambdaError(
    'ValidationException',
    `1 validation error detected: Value '${functionName}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to ${maxNameLength} and consist of letters, digits, '-' and '_'`,
  )
}

/** @throws {AwsError} `InvalidParameterValueException` for any other source than the request itself */
function archiveOf(code: Partial<Lambda.FunctionCode>): Uint8Array {
  if (code.S3Bucket !== undefined || code.ImageUri !== undefined || code.SourceKMSKeyArn !== undefined)
    throw lambdaError(
      'InvalidParameterValueException',
      'Muster takes the code of functions in the request (ZipFile), not from S3 or as an image',
    )
  if (!code.ZipFile)
    throw lambdaError('InvalidParameterValueException', 'Please provide a source for function code: ZipFile')
  return code.ZipFile
}
