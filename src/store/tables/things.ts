interface ThingRow {
  account_id: string
  thing_name: string
  /** UUID. */
  thing_id: string
  thing_type_name: string | null
  billing_group_name: string | null
  /** A JSON object of strings, names sorted: equal texts mean equal attributes. */
  attributes: string
  version: number
  creation_date: number
}

/** The attributes once more, one a row, for searching by name and value. */
interface ThingAttributeRow {
  account_id: string
  attribute_name: string
  attribute_value: string
  thing_name: string
  /** That of the thing. */
  thing_type_name: string | null
}

interface ThingPrincipalRow {
  account_id: string
  /** ARN of a certificate, or a Cognito identity. */
  principal: string
  thing_name: string
  thing_principal_type: 'EXCLUSIVE_THING' | 'NON_EXCLUSIVE_THING'
}

interface ThingTypeRow {
  account_id: string
  thing_type_name: string
  /** UUID. */
  thing_type_id: string
  /** A JSON object: ThingTypeProperties as the API has it. */
  properties: string
  creation_date: number
  /** Null while the type is in use. */
  deprecation_date: number | null
}

interface ThingGroupRow {
  account_id: string
  thing_group_name: string
  /** UUID. */
  thing_group_id: string
  thing_group_arn: string
  parent_group_name: string | null
  /** The top of the hierarchy; the group itself when it has no parent. */
  root_group_name: string
  description: string
  /** A JSON object of strings, names sorted. */
  attributes: string
  version: number
  creation_date: number
}

/** Every group under each group above it, and under itself at distance 0. A group never changes its parent. */
interface ThingGroupAncestorRow {
  account_id: string
  thing_group_name: string
  ancestor_group_name: string
  distance: number
}

interface ThingGroupMemberRow {
  account_id: string
  thing_name: string
  thing_group_name: string
}

interface BillingGroupRow {
  account_id: string
  billing_group_name: string
  /** UUID. */
  billing_group_id: string
  description: string
  version: number
  creation_date: number
}

export interface ThingsTables {
  things: ThingRow
  thing_attributes: ThingAttributeRow
  thing_principals: ThingPrincipalRow
  thing_types: ThingTypeRow
  thing_groups: ThingGroupRow
  thing_group_ancestors: ThingGroupAncestorRow
  thing_group_members: ThingGroupMemberRow
  billing_groups: BillingGroupRow
}
