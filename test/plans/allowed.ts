/** What a query may go through from end to end, and how much that is at most. */

interface Bounded {
  /** Rows that have the same in these columns, the account aside, */
  table: string
  by: string[]
  /** are so many at most. */
  bound: string
}

/** Few belong to one owner, however many owners there are. */
export const fewOfOne: Bounded[] = [
  { table: 'thing_group_members', by: ['thing_name'], bound: '10 groups a thing' },
  { table: 'thing_group_ancestors', by: ['thing_group_name'], bound: '7 levels of groups' },
  { table: 'thing_groups', by: ['parent_group_name'], bound: '100 child groups' },
  { table: 'thing_principals', by: ['principal'], bound: 'the things of one certificate: rights name them' },
  { table: 'thing_principals', by: ['thing_name'], bound: 'the certificates of one thing' },
  { table: 'iot_policy_attachments', by: ['target'], bound: '10 policies a certificate, 2 a group' },
  { table: 'iot_policy_versions', by: ['policy_name'], bound: '5 versions a policy' },
  { table: 'provisioning_template_versions', by: ['template_name'], bound: '5 versions a template' },
  { table: 'tags', by: ['resource_arn'], bound: '50 tags a resource' },
  { table: 'tags', by: ['key'], bound: 'CAs with an option of Muster as a tag' },
  { table: 'ca_certificates', by: ['subject_key'], bound: '10 CAs of one subject' },
  { table: 'ca_certificates', by: ['certificate_id'], bound: 'one in each account' },
  { table: 'ca_certificates', by: ['template_name'], bound: 'CAs that bring one template' },
  { table: 'iam_access_keys', by: ['user_id'], bound: '2 keys a user' },
  { table: 'iam_mfa_devices', by: ['user_id'], bound: '8 devices a user' },
  { table: 'iam_old_passwords', by: ['user_id'], bound: '24 passwords a user' },
  { table: 'iam_group_members', by: ['user_id'], bound: '10 groups a user' },
  { table: 'iam_group_members', by: ['group_id'], bound: 'the users of one group: people, not devices' },
  { table: 'iam_inline_policies', by: ['identity_id'], bound: '10,240 characters of policies an identity' },
  { table: 'iam_attached_policies', by: ['identity_id'], bound: '10 policies an identity' },
  {
    table: 'iam_attached_policies',
    by: ['policy_arn'],
    bound: 'identities of one policy: people, not devices',
  },
  { table: 'iam_identities', by: ['boundary_arn'], bound: 'identities of one boundary: people, not devices' },
  { table: 'iam_managed_policy_versions', by: ['policy_id'], bound: '5 versions a policy' },
  { table: 'iam_tags', by: ['owner_id'], bound: '50 tags an identity' },
  { table: 'function_tags', by: ['function_name'], bound: '50 tags a function' },
  { table: 'function_aliases', by: ['function_name'], bound: 'aliases of one function: people make them' },
  { table: 'function_versions', by: ['function_name'], bound: 'versions of one function: people make them' },
  { table: 'function_permissions', by: ['function_name', 'qualifier'], bound: '20 KB of statements' },
  { table: 'function_event_configs', by: ['function_name'], bound: 'one a version or alias' },
  {
    table: 'session_messages',
    by: ['session_id'],
    bound: '--session-queue-messages, while the client is away',
  },
]

interface Allowed {
  /** How the query begins, or what is in it. */
  query: RegExp
  bound: string
}

/** Everything else. */
export const allowedQueries: Allowed[] = [
  // once, at the start
  {
    query: /^select access_key_id, secret_access_key from iam_\w+ limit/,
    bound: 'at the start: one row, or all of a database whose secrets were not sealed yet',
  },
  {
    query: /^select \* from "audit_chains" (where "account_id" = \? )?order by ("account_id", )?"chain"$/,
    bound: 'one row a node',
  },
  { query: /^update "sessions" set "is_connected"/, bound: 'at the start: who was connected' },
  { query: /^select .* from "session_receipts"$/, bound: 'at the start: kept in memory' },
  { query: /^select \* from "shared_queues"$/, bound: 'at the start: one a shared group' },
  { query: /^select .* from "session_messages" group by/, bound: 'at the start: what waits for clients' },
  {
    query: /^update "session_messages" set "state" = \? where "state"/,
    bound: 'at the start: what waits for clients',
  },
  {
    query: /^select "account_id", "topic" from "retained_messages"$/,
    bound: 'at the start: topics are kept in memory',
  },
  {
    query: /^select \* from "topic_rules" where "rule_disabled"/,
    bound: 'at the start: 1,000 rules an account',
  },
  { query: /^select max\("log_stream_id"\)/, bound: 'at the start: 10,000 streams a log group' },
  { query: /^select "account_id" from "iot_logging_options"$/, bound: 'at the start: one row an account' },
  {
    query: /^select \* from "thing_types"$/,
    bound: 'once after the start: kinds of devices; those that enrich messages are kept in memory',
  },
  {
    query: /^select distinct "account_id", "code_id" from "function_versions"$/,
    bound: 'once a backup, in a process of its own: versions of functions: people make them',
  },
  { query: /^select .* from "cluster_files"/, bound: 'at the start of a node: six files' },
  {
    query: /^select \* from "accounts" order by/,
    bound: '1,000 accounts of a server: kept in memory',
  },
  // of a cluster
  { query: /(from|update) "nodes"/, bound: 'nodes of one cluster: 8' },
  {
    query: /^select .* from "changes"/,
    bound: 'what was not read yet, of all accounts: in pages, by number',
  },
  { query: /^delete from "changes"/, bound: 'in the background: those of an hour ago, but for the newest' },
  {
    query: /^select .* from "message_log"/,
    bound: 'what was not read yet: in pages, by number; or the newest',
  },
  {
    query:
      /^select .* from "session(s|_subscriptions|_receipts)" where "account_id" = \? and "session_id" in/,
    bound: 'sessions that are written, or taken over, at once: 500',
  },
  { query: /^select distinct "filter" from "session_subscriptions" .* in/, bound: '500 filters at once' },
  {
    query: /^select .* from "group_queues" order by/,
    bound: 'in the background: 100 shared groups an account',
  },
  {
    query: /^select "session_id" from "session_subscriptions" where "filter" = /,
    bound: 'members of one shared group: 100',
  },
  {
    query: /^update "group_messages" set "node_name" = \? where "node_name"/,
    bound: 'what a node had lent that is gone',
  },
  {
    query: /^select \* from "group_messages" order by/,
    bound: 'at the start, once: what waits for shared groups',
  },
  { query: /^delete from "group_(messages|queues)"$/, bound: 'at the start, once' },
  { query: /^delete from "message_log"/, bound: 'in the background: what all sessions have by now' },
  { query: /^select .* from "log_positions"/, bound: 'nodes of one cluster: 8' },
  { query: /^delete from "session_blocks"/, bound: 'at the start of a node: those of earlier starts' },
  {
    query: /^update "session(s|_messages)" set .* "?owner_node"? = \?/,
    bound: 'sessions that a node had which is gone',
  },
  {
    query: /^update "function_events" set "node_name"/,
    bound: 'what a node that is gone had in hand',
  },
  // in the background
  {
    query: /^select .* from "log_streams" where .* having count/,
    bound: '10,000 streams a log group, and functions are few',
  },
  {
    query: /^select .* from "log_streams" where "log_stream_name" is null$/,
    bound: 'streams deleted since the last pruning',
  },
  {
    query: /^select .* from "log_groups" where "log_group_name" is null$/,
    bound: 'groups deleted since the last pruning',
  },
  {
    query: /^select .* from "log_groups" where "log_group_name" is not null/,
    bound: 'log groups: one a function',
  },
  {
    query: /^select "log_stream_id" from "log_streams" .* order by "last_ingestion/,
    bound: '10,000 streams a log group',
  },
  // what people set up, with a quota
  {
    query: /^select .* from "topic_rules" where "account_id" = \?( order by "rule_name")?$/,
    bound: '1,000 rules an account',
  },
  { query: /^select count.* from "role_aliases"/, bound: '100 role aliases an account' },
  { query: /^select count.* from "provisioning_templates"/, bound: '256 templates an account' },
  { query: /^select .* from "iot_logging_levels"/, bound: 'log levels of targets: people set them' },
  {
    query: /^select .* from "domain_configurations" where "account_id"/,
    bound: '10 domain configurations an account',
  },
  {
    query: /^select sum\("reserved_concurrency"\)/,
    bound: 'functions with a reservation: 900 of at least 1',
  },
  {
    query: /^select .* from "iam_(managed_policies|identities|attached_policies|mfa_devices)"/,
    bound: 'IAM entities: people, not devices',
  },
  // a page that leaves something out
  {
    query: /^select .* from "retained_messages" .*"expires_at" is null/,
    bound: 'leaves out expired ones, which are deleted',
  },
  { query: /"thing_group_ancestors" as "below" .*"distance" >/, bound: 'leaves out the group itself' },
  {
    query: /^select .* from "log_streams" .* order by "last_event_t/,
    bound: 'leaves out deleted ones, until they are pruned',
  },
  {
    query: /^select .* from "log_groups" .*"log_group_class" = .* limit/,
    bound: 'leaves out groups of other classes; log groups: one a function',
  },
  {
    query: /^select "target" from "iot_policy_attachments" .*"target" like/,
    bound: 'leaves out the groups that have the policy',
  },
]
