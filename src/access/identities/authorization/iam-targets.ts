/**
 * On whom each IAM operation works, where the request has only a name. The ARN that policies are asked about holds
 * the path too, which stands in the database (AWS Service Authorization Reference, "Actions, resources, and
 * condition keys for AWS Identity and Access Management").
 */
import type * as Iam from '@aws-sdk/client-iam'
import type { Operations } from '../../../api/aws/operations.ts'
import type { IdentityKind } from '../entities/identity.ts'

export interface Target {
  kind: IdentityKind
  /** Absent: that of the operation's name. */
  action?: string
  /** Absent: the caller itself. */
  name: string | undefined
  /** Given for what the operation is to create. */
  path?: string
  /** Given for a new name: the old one, whose path stays. */
  renamed?: string
  conditions?: Record<string, string>
}

type IamOperations = Operations<typeof Iam>
type TargetsOf = {
  [Name in keyof IamOperations]?: (input: Parameters<IamOperations[Name]>[0]) => Target[]
}

const user = ({ UserName }: { UserName?: string | undefined }): Target[] => [{ kind: 'user', name: UserName }]
const group = ({ GroupName }: { GroupName: string }): Target[] => [{ kind: 'group', name: GroupName }]
const role = ({ RoleName }: { RoleName: string }): Target[] => [{ kind: 'role', name: RoleName }]

const withPolicy = (targets: Target[], { PolicyArn }: { PolicyArn: string }): Target[] =>
  targets.map((target) => ({ ...target, conditions: { 'iam:PolicyARN': PolicyArn } }))

const withBoundary = (
  targets: Target[],
  { PermissionsBoundary }: { PermissionsBoundary?: string | undefined },
): Target[] =>
  PermissionsBoundary === undefined
    ? targets
    : targets.map((target) => ({
        ...target,
        conditions: { 'iam:PermissionsBoundary': PermissionsBoundary },
      }))

const at = (targets: Target[], path = '/'): Target[] => targets.map((target) => ({ ...target, path }))

/** Who makes something with tags needs the right to tag it as well. */
const tagged = (targets: Target[], action: string, Tags: readonly object[] = []): Target[] =>
  Tags.length === 0 ? targets : [...targets, ...targets.map((target) => ({ ...target, action }))]

const renamed = (targets: Target[], oldName: string, path: string | undefined): Target[] =>
  path === undefined ? targets.map((target) => ({ ...target, renamed: oldName })) : at(targets, path)

export const iamTargets = {
  CreateUser: (input) => tagged(withBoundary(at(user(input), input.Path), input), 'iam:TagUser', input.Tags),
  GetUser: user,
  UpdateUser: (input) => [
    ...user(input),
    ...(input.NewPath === undefined && input.NewUserName === undefined
      ? []
      : renamed(user({ UserName: input.NewUserName ?? input.UserName }), input.UserName, input.NewPath)),
  ],
  DeleteUser: user,
  PutUserPermissionsBoundary: (input) => withBoundary(user(input), input),
  DeleteUserPermissionsBoundary: user,
  PutUserPolicy: user,
  GetUserPolicy: user,
  ListUserPolicies: user,
  DeleteUserPolicy: user,
  AttachUserPolicy: (input) => withPolicy(user(input), input),
  DetachUserPolicy: (input) => withPolicy(user(input), input),
  ListAttachedUserPolicies: user,
  TagUser: user,
  UntagUser: user,
  ListUserTags: user,
  ListGroupsForUser: user,
  CreateAccessKey: user,
  ListAccessKeys: user,
  UpdateAccessKey: user,
  DeleteAccessKey: user,
  ListMFADevices: user,
  ListSSHPublicKeys: user,
  ListSigningCertificates: user,
  ListServiceSpecificCredentials: user,
  CreateLoginProfile: user,
  GetLoginProfile: user,
  UpdateLoginProfile: user,
  DeleteLoginProfile: user,
  EnableMFADevice: user,
  ResyncMFADevice: user,
  DeactivateMFADevice: user,

  CreateGroup: (input) => at(group(input), input.Path),
  GetGroup: group,
  UpdateGroup: (input) => [
    ...group(input),
    ...(input.NewPath === undefined && input.NewGroupName === undefined
      ? []
      : renamed(group({ GroupName: input.NewGroupName ?? input.GroupName }), input.GroupName, input.NewPath)),
  ],
  DeleteGroup: group,
  AddUserToGroup: group,
  RemoveUserFromGroup: group,
  PutGroupPolicy: group,
  GetGroupPolicy: group,
  ListGroupPolicies: group,
  DeleteGroupPolicy: group,
  AttachGroupPolicy: (input) => withPolicy(group(input), input),
  DetachGroupPolicy: (input) => withPolicy(group(input), input),
  ListAttachedGroupPolicies: group,

  CreateRole: (input) => tagged(withBoundary(at(role(input), input.Path), input), 'iam:TagRole', input.Tags),
  GetRole: role,
  UpdateRole: role,
  UpdateRoleDescription: role,
  UpdateAssumeRolePolicy: role,
  DeleteRole: role,
  PutRolePermissionsBoundary: (input) => withBoundary(role(input), input),
  DeleteRolePermissionsBoundary: role,
  PutRolePolicy: role,
  GetRolePolicy: role,
  ListRolePolicies: role,
  DeleteRolePolicy: role,
  AttachRolePolicy: (input) => withPolicy(role(input), input),
  DetachRolePolicy: (input) => withPolicy(role(input), input),
  ListAttachedRolePolicies: role,
  TagRole: role,
  UntagRole: role,
  ListRoleTags: role,
  ListInstanceProfilesForRole: role,
} satisfies TargetsOf
