import type { Action } from '../../kit/action.ts'
import { iot } from '../resources/list.tsx'

/** What DescribeThingType answers, and ListThingTypes of each. */
export interface ThingType {
  thingTypeName: string
  thingTypeArn?: string
  thingTypeProperties?: { thingTypeDescription?: string; searchableAttributes?: string[] }
  thingTypeMetadata?: { deprecated?: boolean; deprecationDate?: number; creationDate?: number }
}

const isDeprecated = ({ thingTypeMetadata }: ThingType) => thingTypeMetadata?.deprecated === true

/** What can be done to thing types, from their list and from their page. */
export function thingTypeActions(types: readonly ThingType[], onDeleted?: () => void): Action[] {
  const areAll = types.length > 0 && types.every(isDeprecated)
  const deprecate = (undoDeprecate: boolean) =>
    types.map(({ thingTypeName }) => iot('DeprecateThingType', { thingTypeName, undoDeprecate }))
  return [
    {
      label: 'Deprecate',
      question: 'New things cannot be of this type then; those that are stay so.',
      operation: deprecate(false),
      disabledReason: areAll ? 'It is deprecated' : undefined,
    },
    {
      label: 'Undo deprecation',
      question: 'New things can be of this type again.',
      operation: deprecate(true),
      disabledReason: areAll ? undefined : 'It is not deprecated',
    },
    {
      label: 'Delete',
      question:
        'A type that has things cannot be deleted, and none before five minutes after its deprecation.',
      typed: 'delete',
      operation: types.map(({ thingTypeName }) => iot('DeleteThingType', { thingTypeName })),
      disabledReason: areAll || types.length === 0 ? undefined : 'Deprecate it first',
      onDone: onDeleted,
    },
  ]
}
