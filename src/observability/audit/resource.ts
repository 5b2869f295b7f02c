/** What an ARN names, as CloudTrail tells it. */
import { parseArn } from '../../lib/arn.ts'

export interface DescribedResource {
  /** In CloudFormation's names; empty where there is none. */
  type: string
  /** Behind the kind, e.g. `lamp-1` of `thing/lamp-1`. */
  name: string
}

/** By service and the first word of the resource. */
const types: Readonly<Record<string, string>> = {
  'iot thing': 'AWS::IoT::Thing',
  'iot thinggroup': 'AWS::IoT::ThingGroup',
  'iot thingtype': 'AWS::IoT::ThingType',
  'iot billinggroup': 'AWS::IoT::BillingGroup',
  'iot cert': 'AWS::IoT::Certificate',
  'iot cacert': 'AWS::IoT::CACertificate',
  'iot policy': 'AWS::IoT::Policy',
  'iot provisioningtemplate': 'AWS::IoT::ProvisioningTemplate',
  'iot rolealias': 'AWS::IoT::RoleAlias',
  'iot rule': 'AWS::IoT::TopicRule',
  'iot ruledestination': 'AWS::IoT::TopicRuleDestination',
  'iot domainconfiguration': 'AWS::IoT::DomainConfiguration',
  'iam user': 'AWS::IAM::User',
  'iam role': 'AWS::IAM::Role',
  'iam group': 'AWS::IAM::Group',
  'iam policy': 'AWS::IAM::ManagedPolicy',
  'iam mfa': 'AWS::IAM::VirtualMFADevice',
  'lambda function': 'AWS::Lambda::Function',
  'logs log-group': 'AWS::Logs::LogGroup',
}

export function describeResource(arn: string): DescribedResource {
  const parsed = parseArn(arn)
  if (!parsed) return { type: '', name: arn }
  const at = parsed.resource.search(/[/:]/)
  if (at === -1) return { type: '', name: parsed.resource }
  const kind = parsed.resource.slice(0, at)
  return {
    type: types[`${parsed.service} ${kind}`] ?? '',
    // of a log group's ARN what stands behind it says what of the group is meant
    name: parsed.resource.slice(at + 1).replace(/:(?:log-stream:.*|\*)$/, ''),
  }
}
