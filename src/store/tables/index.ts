import type { CertificatesTables } from './certificates.ts'
import type { FunctionsTables } from './functions.ts'
import type { IdentitiesTables } from './identities.ts'
import type { IotPoliciesTables } from './iot-policies.ts'
import type { JournalTables } from './journal.ts'
import type { LogsTables } from './logs.ts'
import type { MessagesTables } from './messages.ts'
import type { ProvisioningTables } from './provisioning.ts'
import type { RulesTables } from './rules.ts'
import type { ThingsTables } from './things.ts'

/** Every table. Each row belongs to an account id; times are epoch milliseconds; booleans are 0 or 1. */
export interface Tables
  extends
    IdentitiesTables,
    CertificatesTables,
    ThingsTables,
    IotPoliciesTables,
    ProvisioningTables,
    RulesTables,
    FunctionsTables,
    JournalTables,
    LogsTables,
    MessagesTables {}
