import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { ApiError } from '../../api/call.ts'
import { ActionButton } from '../../kit/action-button.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { SelectField } from '../../kit/field.tsx'
import { FormModal } from '../../kit/form.tsx'
import { RelatedTable } from '../../kit/related-table.tsx'
import { ServiceRoleField } from '../../kit/service-role-field.tsx'
import { shown } from '../../kit/shown.ts'
import { useCall } from '../../kit/use-call.ts'
import { iot, tokens } from '../resources/list.tsx'

interface LoggingOptions {
  roleArn?: string
  defaultLogLevel?: string
  disableAllLogs?: boolean
}

interface LoggingLevel {
  logTarget: { targetType: string; targetName?: string }
  logLevel: string
}

const logLevels = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'DISABLED'].map((value) => ({ value }))

/** What writing logs asks of the role. */
const statement = {
  Effect: 'Allow',
  Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: '*',
}

/** What IoT logs of itself, in general and for some targets. */
export function Logging() {
  const got = useCall<LoggingOptions>(iot('GetV2LoggingOptions', {}))
  const options = got.data ?? {}
  const isAbsent = got.error instanceof ApiError && got.error.code.startsWith('NotConfigured')
  return (
    <SpaceBetween size="l">
      <Details
        title="Logs"
        actions={
          <ActionButton
            label="Manage logs"
            needs={iot('SetV2LoggingOptions')}
            form={(close) => <LoggingForm options={options} onClose={close} />}
          />
        }
        facts={{
          'Log level': isAbsent ? (
            'Not set yet'
          ) : got.error ? (
            <Failure error={got.error} />
          ) : (
            options.defaultLogLevel
          ),
          Role: options.roleArn && shown(options.roleArn),
          State: isAbsent || options.disableAllLogs === true ? 'Disabled' : 'Enabled',
        }}
      />
      {isAbsent ? null : <Levels />}
    </SpaceBetween>
  )
}

function Levels() {
  return (
    <RelatedTable<LoggingLevel>
      title="Levels of single targets"
      call={iot('ListV2LoggingLevels', { maxResults: 100 })}
      paging={tokens}
      itemsOf={(output) => (output['logTargetConfigurations'] ?? []) as LoggingLevel[]}
      idOf={({ logTarget }) => `${logTarget.targetType} ${logTarget.targetName ?? ''}`}
      columns={[
        { header: 'Kind', cell: ({ logTarget }) => logTarget.targetType },
        { header: 'Target', cell: ({ logTarget }) => shown(logTarget.targetName ?? '–') },
        { header: 'Log level', cell: ({ logLevel }) => logLevel },
      ]}
      actionsOf={({ logTarget: { targetType, targetName } }) => [
        {
          label: 'Delete',
          question: 'The general level holds for it then.',
          operation: iot('DeleteV2LoggingLevel', { targetType, targetName }),
          disabledReason: targetType === 'DEFAULT' ? 'It is the general one' : undefined,
        },
      ]}
    />
  )
}

function LoggingForm({ options, onClose }: { options: LoggingOptions; onClose: () => void }) {
  const [roleArn, setRole] = useState(options.roleArn ?? '')
  const [defaultLogLevel, setLevel] = useState(options.defaultLogLevel ?? 'ERROR')
  return (
    <FormModal
      title="Manage logs"
      submitLabel="Update"
      calls={iot('SetV2LoggingOptions', {
        ...(roleArn !== '' && { roleArn }),
        defaultLogLevel,
        disableAllLogs: defaultLogLevel === 'DISABLED',
      })}
      onClose={onClose}
    >
      <ServiceRoleField
        label="Role"
        member="roleArn"
        description="In its name AWS IoT writes its logs."
        service="iot.amazonaws.com"
        statement={statement}
        suggestedName="IoTLogging"
        value={roleArn}
        onChange={setRole}
      />
      <SelectField
        label="Log level"
        member="defaultLogLevel"
        choices={logLevels}
        value={defaultLogLevel}
        onChange={setLevel}
      />
    </FormModal>
  )
}
