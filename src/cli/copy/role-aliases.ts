import {
  CreateRoleAliasCommand,
  DescribeRoleAliasCommand,
  paginateListRoleAliases,
} from '@aws-sdk/client-iot'
import { inPages } from './ends.ts'
import type { Copy } from './items.ts'
import { planNamed, type Named, type NamedKind } from './named.ts'
import { tagsMember } from './tags.ts'

interface Alias {
  roleArn: string
  credentialDurationSeconds: number | undefined
}

const roleAliases: NamedKind<Alias> = {
  kind: 'role-aliases',
  /** Their ARNs end in their names. */
  async list(end) {
    const { partition, region, accountId } = end
    const all: Named[] = []
    for await (const page of paginateListRoleAliases(inPages(end), {}))
      for (const name of page.roleAliases ?? [])
        all.push({ name, arn: `arn:${partition}:iot:${region}:${accountId}:rolealias/${name}` })
    return all
  },
  async describe({ iot }, roleAlias) {
    const { roleAliasDescription } = await iot.send(new DescribeRoleAliasCommand({ roleAlias }))
    const { roleArn = '', credentialDurationSeconds } = roleAliasDescription ?? {}
    return { roleArn, credentialDurationSeconds }
  },
  async make({ iot }, roleAlias, { content, tags }) {
    await iot.send(new CreateRoleAliasCommand({ roleAlias, ...content, ...tagsMember(tags) }))
  },
}

export const planRoleAliases = (copy: Copy) => planNamed(roleAliases, copy)
