export interface SpdxPackage {
  readonly name: string;
  readonly versionInfo: string;
  readonly SPDXID: string;
}
export interface SpdxRelationship {
  readonly spdxElementId: string;
  readonly relatedSpdxElement: string;
  readonly relationshipType: string;
}
export interface SpdxDocument {
  readonly packages: readonly SpdxPackage[];
  readonly relationships: readonly SpdxRelationship[];
}
export declare function keepInstalled<Document extends SpdxDocument>(
  document: Document,
  installed: ReadonlySet<string>,
): Document;
export declare function findInstalled(folder: string): Promise<Set<string>>;
