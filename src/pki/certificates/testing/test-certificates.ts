/** Certificates of accounts in one store, for the tests of this folder. */
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { TestCa } from '../../../../test/helpers/certificates.ts'
import { memoryDirectory } from '../../../../test/helpers/memory-directory.ts'
import { openStoreIn } from '../../../../test/helpers/store.ts'
import type { CallContext } from '../../../api/aws/operations.ts'
import type { Change } from '../../../fabric/in-process/index.ts'
import { parseCertificate } from '../../../lib/x509.ts'
import type { Store } from '../../../store/index.ts'
import { registerCaCertificate } from '../ca-store.ts'
import { openIssuer, type Issuer } from '../issuer.ts'
import { certificatesOperations } from '../operations.ts'

export const region = 'us-east-1'

/** Of an account that nobody else has. */
export function contextOf(): CallContext {
  const accountId = String(randomInt(10 ** 11, 10 ** 12))
  const arn = `arn:aws:iam::${accountId}:root`
  return {
    accountId,
    region,
    requestId: 'r',
    sourceIp: '127.0.0.1',
    caller: { accountId, kind: 'root', arn, userId: accountId },
    authorize: async () => {},
  }
}

export interface Shared extends AsyncDisposable {
  store: Store
  issuer: Issuer
}

/** What the tests of a file share. */
export async function openShared(): Promise<Shared> {
  const directory = mkdtempSync(join(memoryDirectory(), 'muster-certificates-'))
  const store = await openStoreIn(directory)
  return {
    store,
    issuer: await openIssuer(join(directory, 'issuer')),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true })
    },
  }
}

/** Of one test: an account of its own. */
export class CertificateScene {
  readonly context = contextOf()
  readonly store: Store
  readonly operations: ReturnType<typeof certificatesOperations>
  now = new Date()
  attachments = { policies: 0, things: 0 }
  announced: Change[] = []
  detached: string[] = []

  constructor({ store, issuer }: Shared) {
    this.store = store
    this.operations = certificatesOperations({
      store,
      fabric: { announce: async (...changes) => void this.announced.push(...changes) },
      issuer,
      now: () => this.now,
      attachmentsOf: async () => this.attachments,
      detachPolicies: async (_db, _accountId, arn) => void this.detached.push(arn),
    })
  }

  addCa = (
    ca: TestCa,
    certificateMode: 'DEFAULT' | 'SNI_ONLY' = 'SNI_ONLY',
    status: 'ACTIVE' | 'INACTIVE' = 'ACTIVE',
  ) =>
    this.store.transact((db) =>
      registerCaCertificate(db, {
        accountId: this.context.accountId,
        region,
        certificate: parseCertificate(ca.certificatePem),
        certificateMode,
        status,
        autoRegistrationStatus: 'ENABLE',
        now: this.now,
      }),
    )

  describe = async (certificateId: string) =>
    (await this.operations.DescribeCertificate({ certificateId }, this.context)).certificateDescription
}

export const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) as string })
