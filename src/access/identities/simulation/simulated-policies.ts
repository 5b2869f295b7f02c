/** The policies of a simulation, with their texts. */
import { iamError } from '../../../api/aws/errors.ts'
import { parseArn } from '../../../lib/arn.ts'
import type { Db } from '../../../store/index.ts'
import { PolicyDocumentError } from '../../policies/index.ts'
import {
  compileIdentityDocument,
  loadBoundaryDocument,
  loadDocumentsOf,
  type HeldDocument,
} from '../authorization/identity-policies.ts'
import { findIdentity } from '../entities/identity-store.ts'
import type { Identity, IdentityKind } from '../entities/identity.ts'
import { listGroupsOfUser } from '../entities/member-store.ts'
import type { SimulatedPolicy } from './simulate.ts'
import { statementPositions } from './statement-positions.ts'

/**
 * The user, group, or role with exactly this ARN.
 * @throws {AwsError} `InvalidInputException` for another ARN, `NoSuchEntityException` when there is none
 */
export async function getSource(db: Db, accountId: string, arn: string): Promise<Identity> {
  const parsed = parseArn(arn)
  const [kind, ...path] = parsed?.resource.split('/') ?? []
  const name = path.at(-1)
  if (parsed?.service !== 'iam' || !isKind(kind) || name === undefined)
    throw iamError(
      'InvalidInputException',
      `Invalid Entity Arn: ${arn} does not clearly define entity type and name.`,
    )
  const found = await findIdentity(db, { accountId, kind, name })
  if (found?.arn === arn) return found
  throw iamError('NoSuchEntityException', `The ${kind} with ARN ${arn} cannot be found.`)
}

const isKind = (kind: string | undefined): kind is IdentityKind =>
  kind === 'user' || kind === 'group' || kind === 'role'

/** All that an identity has, its groups' as well. */
export async function loadSimulatedPolicies(
  db: Db,
  identity: Identity,
): Promise<{ granted: SimulatedPolicy[]; boundary: SimulatedPolicy[] | undefined }> {
  const groups = identity.kind === 'user' ? await listGroupsOfUser(db, identity) : []
  const granted: SimulatedPolicy[] = []
  for (const holder of [identity, ...groups])
    for (const held of await loadDocumentsOf(db, holder)) granted.push(fromHeld(held, holder))
  const boundary = await loadBoundaryDocument(db, identity)
  return { granted, boundary: boundary && [fromHeld(boundary, identity)] }
}

/** AWS calls an inline policy by its holder, too. */
function fromHeld({ name, document, isInline }: HeldDocument, { kind, name: holder }: Identity) {
  return toSimulated(isInline ? `${kind}_${holder}_${name}` : name, document)
}

/**
 * Policies that a request brings along; `member` says in which member.
 * @throws {AwsError} `InvalidInputException` naming the document, and the place in it
 */
export function readInputPolicies(documents: readonly string[], member: string): SimulatedPolicy[] {
  return documents.map((document, index) => {
    try {
      return toSimulated(`${member}.${index + 1}`, document)
    } catch (error) {
      if (!(error instanceof PolicyDocumentError)) throw error
      throw iamError('InvalidInputException', `${member}.${index + 1}: ${error.message}`)
    }
  })
}

function toSimulated(id: string, document: string): SimulatedPolicy {
  return { id, compiled: compileIdentityDocument(document, id), spans: statementPositions(document) }
}
