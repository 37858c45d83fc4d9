export interface InstallationTable {
  /** One row. */
  installation: { readonly id: string; readonly only_one: boolean };
}
