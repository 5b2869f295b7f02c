interface ShadowRow {
  account_id: string
  thing_name: string
  /** Empty for the classic shadow. */
  shadow_name: string
  version: number
  /** JSON: `desired` and `reported`, where there are such. */
  state: string
  /** JSON: epoch seconds of each value, in the shape of the state. */
  metadata: string
}

/** The last versions of shadows that were deleted lately. */
interface DeletedShadowRow {
  account_id: string
  thing_name: string
  shadow_name: string
  version: number
  deleted_at: number
}

export interface ShadowsTables {
  shadows: ShadowRow
  deleted_shadows: DeletedShadowRow
}
