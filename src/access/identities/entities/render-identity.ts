/** Users, groups, and roles in the members of IAM's outputs. */
import { encodeDocument } from '../documents/document.ts'
import type { Identity } from './identity.ts'

export function renderUser(user: Identity) {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.identityId,
    Arn: user.arn,
    CreateDate: user.createDate,
  }
}

export function renderGroup(group: Identity) {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.identityId,
    Arn: group.arn,
    CreateDate: group.createDate,
  }
}

export function renderRole(role: Identity) {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.identityId,
    Arn: role.arn,
    CreateDate: role.createDate,
    AssumeRolePolicyDocument: encodeDocument(role.trustPolicy ?? '{}'),
    MaxSessionDuration: role.maxSessionSeconds,
    ...(role.description === undefined ? {} : { Description: role.description }),
  }
}

/** The member that outputs about one user or role have, and lists have not. */
export function renderBoundary({ boundaryArn }: Identity) {
  if (boundaryArn === undefined) return {}
  return {
    PermissionsBoundary: {
      PermissionsBoundaryType: 'PermissionsBoundaryPolicy' as const,
      PermissionsBoundaryArn: boundaryArn,
    },
  }
}

/** IAM leaves the member out when there are no tags. */
export function renderTags<Tag>(tags: readonly Tag[]) {
  return tags.length === 0 ? {} : { Tags: [...tags] }
}
