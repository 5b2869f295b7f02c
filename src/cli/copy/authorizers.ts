import {
  CreateAuthorizerCommand,
  DescribeAuthorizerCommand,
  DescribeDefaultAuthorizerCommand,
  paginateListAuthorizers,
  SetDefaultAuthorizerCommand,
  type CreateAuthorizerCommandInput,
} from '@aws-sdk/client-iot'
import { unlessAbsent } from './call-error.ts'
import { inPages, once, type End } from './ends.ts'
import type { Copy, Item } from './items.ts'
import { planNamed, type Named, type NamedKind } from './named.ts'
import { tagsMember } from './tags.ts'

type Authorizer = Omit<CreateAuthorizerCommandInput, 'authorizerName' | 'tags'>

const authorizers: NamedKind<Authorizer> = {
  kind: 'authorizers',
  async list(end) {
    const all: Named[] = []
    for await (const page of paginateListAuthorizers(inPages(end), {}))
      for (const { authorizerName = '', authorizerArn = '' } of page.authorizers ?? [])
        all.push({ name: authorizerName, arn: authorizerArn })
    return all
  },
  async describe({ iot }, authorizerName) {
    const { authorizerDescription } = await iot.send(new DescribeAuthorizerCommand({ authorizerName }))
    const { authorizerFunctionArn, tokenKeyName, tokenSigningPublicKeys } = authorizerDescription ?? {}
    const { status, signingDisabled, enableCachingForHttp } = authorizerDescription ?? {}
    return {
      authorizerFunctionArn,
      tokenKeyName,
      tokenSigningPublicKeys,
      status,
      signingDisabled,
      enableCachingForHttp,
    }
  },
  async make({ iot }, authorizerName, { content, tags }) {
    await iot.send(new CreateAuthorizerCommand({ authorizerName, ...content, ...tagsMember(tags) }))
  },
}

export const planAuthorizers = (copy: Copy) => planNamed(authorizers, copy)

const findDefault = (end: End) =>
  once(end, 'default authorizer', async () => {
    const found = await unlessAbsent(end.iot.send(new DescribeDefaultAuthorizerCommand({})))
    return found?.authorizerDescription?.authorizerName
  })

/** Whoever is asked about clients that name no authorizer. One that the destination has stays. */
export async function* planDefaultAuthorizer({ from, to, isAmiss }: Copy): AsyncGenerator<Item> {
  const authorizerName = await findDefault(from)
  if (authorizerName === undefined) return
  const about = { kind: 'default-authorizer', name: authorizerName } as const
  const known = await findDefault(to)
  if (known === authorizerName) yield { ...about, state: 'same' }
  else if (known !== undefined) yield { ...about, state: 'in-the-way', why: `there it is ${known}` }
  else if (isAmiss('authorizers', authorizerName))
    yield { ...about, state: 'left-out', why: `${authorizerName} is not there as it is here` }
  else
    yield {
      ...about,
      state: 'change',
      why: 'make it the default',
      carryOut: async () => void (await to.iot.send(new SetDefaultAuthorizerCommand({ authorizerName }))),
    }
}
