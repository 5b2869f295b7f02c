/** What an account is told of each resource that `muster copy` carries, as AWS's Describe operations tell it. */
import {
  DescribeAuthorizerCommand,
  DescribeBillingGroupCommand,
  DescribeCACertificateCommand,
  DescribeCertificateCommand,
  DescribeCertificateProviderCommand,
  DescribeDefaultAuthorizerCommand,
  DescribeEventConfigurationsCommand,
  DescribeProvisioningTemplateCommand,
  DescribeProvisioningTemplateVersionCommand,
  DescribeRoleAliasCommand,
  DescribeThingCommand,
  DescribeThingGroupCommand,
  DescribeThingTypeCommand,
  GetPolicyVersionCommand,
  GetTopicRuleCommand,
  ListAuthorizersCommand,
  ListBillingGroupsCommand,
  ListCACertificatesCommand,
  ListCertificateProvidersCommand,
  ListCertificatesCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  ListProvisioningTemplatesCommand,
  ListProvisioningTemplateVersionsCommand,
  ListRoleAliasesCommand,
  ListTagsForResourceCommand,
  ListThingGroupsCommand,
  ListThingGroupsForThingCommand,
  ListThingPrincipalsV2Command,
  ListThingsCommand,
  ListThingTypesCommand,
  ListTopicRulesCommand,
} from '@aws-sdk/client-iot'
import type { TestServer } from '../helpers/server.ts'

/** Counted by each account for itself: ids, dates, and numbers of versions; and what says how AWS answered. */
const ownMembers = new Set([
  '$metadata',
  'acceptDate',
  'billingGroupId',
  'createdAt',
  'creationDate',
  'customerVersion',
  'defaultVersionId',
  'deprecationDate',
  'generationId',
  'lastModifiedDate',
  'thingGroupId',
  'thingId',
  'thingTypeId',
  'version',
])

function withoutOwn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutOwn)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const members = Object.entries(value).filter(([name]) => !ownMembers.has(name))
  return Object.fromEntries(members.map(([name, member]) => [name, withoutOwn(member)]))
}

type Iot = TestServer['iot']
type Told = Record<string, Record<string, unknown>>

async function tagsOf(iot: Iot, resourceArn: string | undefined) {
  const { tags = [] } = await iot.send(new ListTagsForResourceCommand({ resourceArn: resourceArn! }))
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))
}

/** Documents in the order of their text, with the one that counts. */
const inOrder = (versions: { body: unknown; isDefault: boolean | undefined }[]) =>
  versions.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1))

async function policyVersions(iot: Iot, policyName: string) {
  const { policyVersions: all = [] } = await iot.send(new ListPolicyVersionsCommand({ policyName }))
  const read = all.map(async ({ versionId: policyVersionId, isDefaultVersion: isDefault }) => {
    const { policyDocument } = await iot.send(new GetPolicyVersionCommand({ policyName, policyVersionId }))
    return { body: JSON.parse(policyDocument!) as unknown, isDefault }
  })
  return inOrder(await Promise.all(read))
}

async function templateVersions(iot: Iot, templateName: string) {
  const { versions = [] } = await iot.send(new ListProvisioningTemplateVersionsCommand({ templateName }))
  const read = versions.map(async ({ versionId, isDefaultVersion: isDefault }) => {
    const version = { templateName, versionId }
    const { templateBody } = await iot.send(new DescribeProvisioningTemplateVersionCommand(version))
    return { body: JSON.parse(templateBody!) as unknown, isDefault }
  })
  return inOrder(await Promise.all(read))
}

/** By kind: the names that there are, and what is told of one. */
const readers: Record<
  string,
  { list: (iot: Iot) => Promise<(string | undefined)[]>; tell: (iot: Iot, name: string) => Promise<object> }
> = {
  'thing types': {
    list: async (iot) =>
      (await iot.send(new ListThingTypesCommand({}))).thingTypes!.map(({ thingTypeName }) => thingTypeName),
    async tell(iot, thingTypeName) {
      const told = await iot.send(new DescribeThingTypeCommand({ thingTypeName }))
      return { ...told, tags: await tagsOf(iot, told.thingTypeArn) }
    },
  },
  'billing groups': {
    list: async (iot) =>
      (await iot.send(new ListBillingGroupsCommand({}))).billingGroups!.map(({ groupName }) => groupName),
    async tell(iot, billingGroupName) {
      const told = await iot.send(new DescribeBillingGroupCommand({ billingGroupName }))
      return { ...told, tags: await tagsOf(iot, told.billingGroupArn) }
    },
  },
  'thing groups': {
    list: async (iot) =>
      (await iot.send(new ListThingGroupsCommand({}))).thingGroups!.map(({ groupName }) => groupName),
    async tell(iot, thingGroupName) {
      const told = await iot.send(new DescribeThingGroupCommand({ thingGroupName }))
      return { ...told, tags: await tagsOf(iot, told.thingGroupArn) }
    },
  },
  policies: {
    list: async (iot) =>
      (await iot.send(new ListPoliciesCommand({}))).policies!.map(({ policyName }) => policyName),
    async tell(iot, policyName) {
      const { policies } = await iot.send(new ListPoliciesCommand({}))
      const { policyArn } = policies!.find((one) => one.policyName === policyName)!
      return { versions: await policyVersions(iot, policyName), tags: await tagsOf(iot, policyArn) }
    },
  },
  'role aliases': {
    list: async (iot) => (await iot.send(new ListRoleAliasesCommand({}))).roleAliases!,
    async tell(iot, roleAlias) {
      const told = await iot.send(new DescribeRoleAliasCommand({ roleAlias }))
      const { owner: _, ...others } = told.roleAliasDescription!
      return { ...others, tags: await tagsOf(iot, others.roleAliasArn) }
    },
  },
  templates: {
    list: async (iot) =>
      (await iot.send(new ListProvisioningTemplatesCommand({}))).templates!.map(
        ({ templateName }) => templateName,
      ),
    async tell(iot, templateName) {
      const told = await iot.send(new DescribeProvisioningTemplateCommand({ templateName }))
      const versions = await templateVersions(iot, templateName)
      return { ...told, templateBody: '', versions, tags: await tagsOf(iot, told.templateArn) }
    },
  },
  rules: {
    list: async (iot) =>
      (await iot.send(new ListTopicRulesCommand({}))).rules!.map(({ ruleName }) => ruleName),
    async tell(iot, ruleName) {
      const told = await iot.send(new GetTopicRuleCommand({ ruleName }))
      return { ...told, tags: await tagsOf(iot, told.ruleArn) }
    },
  },
  'certificate providers': {
    list: async (iot) =>
      (await iot.send(new ListCertificateProvidersCommand({}))).certificateProviders!.map(
        ({ certificateProviderName }) => certificateProviderName,
      ),
    async tell(iot, certificateProviderName) {
      const told = await iot.send(new DescribeCertificateProviderCommand({ certificateProviderName }))
      return { ...told, tags: await tagsOf(iot, told.certificateProviderArn) }
    },
  },
  authorizers: {
    list: async (iot) =>
      (await iot.send(new ListAuthorizersCommand({}))).authorizers!.map(
        ({ authorizerName }) => authorizerName,
      ),
    async tell(iot, authorizerName) {
      const told = (await iot.send(new DescribeAuthorizerCommand({ authorizerName }))).authorizerDescription!
      return { ...told, tags: await tagsOf(iot, told.authorizerArn) }
    },
  },
  CAs: {
    list: async (iot) =>
      (await iot.send(new ListCACertificatesCommand({}))).certificates!.map(
        ({ certificateId }) => certificateId,
      ),
    async tell(iot, certificateId) {
      const told = await iot.send(new DescribeCACertificateCommand({ certificateId }))
      const { ownedBy: _, ...description } = told.certificateDescription!
      const tags = await tagsOf(iot, description.certificateArn)
      return { description, registrationConfig: told.registrationConfig, tags }
    },
  },
  certificates: {
    list: async (iot) =>
      (await iot.send(new ListCertificatesCommand({}))).certificates!.map(
        ({ certificateId }) => certificateId,
      ),
    async tell(iot, certificateId) {
      const told = await iot.send(new DescribeCertificateCommand({ certificateId }))
      const { ownedBy: _, certificateMode, ...description } = told.certificateDescription!
      const { caCertificateId, certificateArn } = description
      // without a CA it follows from the operation that registered the certificate
      const mode = caCertificateId === undefined ? {} : { certificateMode }
      return { ...description, ...mode, tags: await tagsOf(iot, certificateArn) }
    },
  },
  things: {
    list: async (iot) =>
      (await iot.send(new ListThingsCommand({}))).things!.map(({ thingName }) => thingName),
    async tell(iot, thingName) {
      const { thingGroups } = await iot.send(new ListThingGroupsForThingCommand({ thingName }))
      const { thingPrincipalObjects } = await iot.send(new ListThingPrincipalsV2Command({ thingName }))
      return {
        ...(await iot.send(new DescribeThingCommand({ thingName }))),
        thingGroups,
        thingPrincipalObjects,
      }
    },
  },
  account: {
    list: async () => ['default authorizer', 'registry events'],
    tell: async (iot, name) =>
      name === 'registry events'
        ? await iot.send(new DescribeEventConfigurationsCommand({}))
        : await iot.send(new DescribeDefaultAuthorizerCommand({})),
  },
}

export const toldKinds = Object.keys(readers)

/** All of a kind by name, with ARNs as they would be in the account `of` another server. */
export async function tellOf({ iot, endpoints }: TestServer, kind: string, of: TestServer): Promise<Told> {
  const { list, tell } = readers[kind]!
  const told: [string, unknown][] = []
  for (const name of await list(iot)) told.push([name!, withoutOwn(await tell(iot, name!))])
  const arnsOf = ({ region, accountId }: TestServer['endpoints']) => [
    `:${region}:${accountId}:`,
    `::${accountId}:`,
  ]
  const [here, there] = [arnsOf(endpoints), arnsOf(of.endpoints)]
  const text = here.reduce(
    (sum, part, index) => sum.replaceAll(part, there[index]!),
    JSON.stringify(Object.fromEntries(told)),
  )
  return JSON.parse(text) as Told
}
