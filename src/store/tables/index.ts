import type { AccountsTables } from './accounts.ts'
import type { AuditTables } from './audit.ts'
import type { BulkTables } from './bulk.ts'
import type { AuthorizersTables } from './authorizers.ts'
import type { CertificatesTables } from './certificates.ts'
import type { CertificateProvidersTables } from './certificate-providers.ts'
import type { ClaimsTables } from './claims.ts'
import type { CloudWatchTables } from './cloudwatch.ts'
import type { ClusterTables } from './cluster.ts'
import type { ConsoleTables } from './console.ts'
import type { DomainConfigurationsTables } from './domain-configurations.ts'
import type { EventsTables } from './events.ts'
import type { FunctionsTables } from './functions.ts'
import type { IdentitiesTables } from './identities.ts'
import type { IotPoliciesTables } from './iot-policies.ts'
import type { JournalTables } from './journal.ts'
import type { LogsTables } from './logs.ts'
import type { MessagesTables } from './messages.ts'
import type { ProvisioningTables } from './provisioning.ts'
import type { RoleAliasesTables } from './role-aliases.ts'
import type { RulesTables } from './rules.ts'
import type { SessionsTables } from './sessions.ts'
import type { ShadowsTables } from './shadows.ts'
import type { ThingsTables } from './things.ts'

/** Every table. Each row belongs to an account id; times are epoch milliseconds; booleans are 0 or 1. */
export interface Tables
  extends
    AccountsTables,
    AuditTables,
    IdentitiesTables,
    CertificatesTables,
    ThingsTables,
    IotPoliciesTables,
    ProvisioningTables,
    CertificateProvidersTables,
    ClaimsTables,
    BulkTables,
    RoleAliasesTables,
    AuthorizersTables,
    RulesTables,
    ConsoleTables,
    CloudWatchTables,
    ClusterTables,
    DomainConfigurationsTables,
    EventsTables,
    FunctionsTables,
    JournalTables,
    LogsTables,
    MessagesTables,
    ShadowsTables,
    SessionsTables {}
