import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'

const types: Record<string, StatusIndicatorProps.Type> = {
  ACTIVE: 'success',
  ENABLE: 'success',
  ENABLED: 'success',
  Active: 'success',
  PENDING_ACTIVATION: 'pending',
  PENDING_TRANSFER: 'pending',
  REVOKED: 'error',
  INACTIVE: 'stopped',
  DISABLE: 'stopped',
  DISABLED: 'stopped',
}

/** A state in AWS's spelling. */
export function Status({ value }: { value: string | undefined }) {
  return value === undefined ? '–' : <StatusIndicator type={types[value] ?? 'info'}>{value}</StatusIndicator>
}
