import type { Migration } from 'kysely/migration'
import { identities } from './001-identities.ts'
import { certificates } from './002-certificates.ts'
import { things } from './003-things.ts'
import { iotPolicies } from './004-iot-policies.ts'
import { provisioning } from './005-provisioning.ts'
import { journal } from './006-journal.ts'
import { logs } from './007-logs.ts'
import { functions } from './008-functions.ts'
import { rules } from './009-rules.ts'
import { messages } from './010-messages.ts'
import { sessions } from './011-sessions.ts'
import { domainConfigurations } from './012-domain-configurations.ts'
import { roleAliases } from './013-role-aliases.ts'
import { shadows } from './014-shadows.ts'
import { journalBlocks } from './015-journal-blocks.ts'
import { lookups } from './016-lookups.ts'
import { thingsByAttributeAndType } from './017-things-by-attribute-and-type.ts'
import { journalSubjects } from './018-journal-subjects.ts'
import { journalSubjectsAnew } from './099-journal-subjects-anew.ts'
import { journalSpans } from './110-journal-spans.ts'
import { caSubjectKeys } from './019-ca-subject-keys.ts'
import { journalRefusals } from './020-journal-refusals.ts'
import { consoleSessions } from './021-console-sessions.ts'
import { sealedSecrets } from './022-sealed-secrets.ts'
import { people } from './023-people.ts'
import { consolePeople } from './024-console-people.ts'
import { ownershipTokens } from './026-ownership-tokens.ts'
import { certificateNames } from './027-certificate-names.ts'
import { provisioningClaims } from './030-provisioning-claims.ts'
import { whoMayCome } from './031-who-may-come.ts'
import { identitiesOfDevices } from './032-identities-of-devices.ts'
import { expiryNotices } from './033-expiry-notices.ts'
import { cluster } from './040-cluster.ts'
import { certificatesByName } from './041-certificates-by-name.ts'
import { sessionsOfNodes } from './050-sessions-of-nodes.ts'
import { authorizers } from './055-authorizers.ts'
import { eventConfigurations } from './058-event-configurations.ts'
import { registrationTasks } from './059-registration-tasks.ts'
import { certificateProviders } from './063-certificate-providers.ts'
import { audit } from './067-audit.ts'
import { accounts } from './070-accounts.ts'
import { groupsOfNodes } from './074-groups-of-nodes.ts'
import { wireOfNodes } from './085-wire-of-nodes.ts'
import { certificateTransfers } from './096-certificate-transfers.ts'
import { metrics } from './097-metrics.ts'

/** Forward-only, in the order of their names. A migration that has been released is never changed. */
export const migrations: Record<string, Migration> = {
  '001-identities': identities,
  '002-certificates': certificates,
  '003-things': things,
  '004-iot-policies': iotPolicies,
  '005-provisioning': provisioning,
  '006-journal': journal,
  '007-logs': logs,
  '008-functions': functions,
  '009-rules': rules,
  '010-messages': messages,
  '011-sessions': sessions,
  '012-domain-configurations': domainConfigurations,
  '013-role-aliases': roleAliases,
  '014-shadows': shadows,
  '015-journal-blocks': journalBlocks,
  '016-lookups': lookups,
  '017-things-by-attribute-and-type': thingsByAttributeAndType,
  '018-journal-subjects': journalSubjects,
  '019-ca-subject-keys': caSubjectKeys,
  '020-journal-refusals': journalRefusals,
  '021-console-sessions': consoleSessions,
  '022-sealed-secrets': sealedSecrets,
  '023-people': people,
  '024-console-people': consolePeople,
  '026-ownership-tokens': ownershipTokens,
  '027-certificate-names': certificateNames,
  '030-provisioning-claims': provisioningClaims,
  '031-who-may-come': whoMayCome,
  '032-identities-of-devices': identitiesOfDevices,
  '033-expiry-notices': expiryNotices,
  '040-cluster': cluster,
  '041-certificates-by-name': certificatesByName,
  '050-sessions-of-nodes': sessionsOfNodes,
  '055-authorizers': authorizers,
  '058-event-configurations': eventConfigurations,
  '059-registration-tasks': registrationTasks,
  '063-certificate-providers': certificateProviders,
  '067-audit': audit,
  '070-accounts': accounts,
  '074-groups-of-nodes': groupsOfNodes,
  '085-wire-of-nodes': wireOfNodes,
  '096-certificate-transfers': certificateTransfers,
  '097-metrics': metrics,
  '099-journal-subjects-anew': journalSubjectsAnew,
  '110-journal-spans': journalSpans,
}
