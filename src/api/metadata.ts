/** The part of Kubernetes' ObjectMeta that Tidegate reads. */
export interface ObjectMeta {
  readonly name: string;
  /** Always set on objects from the API server and on those that the standalone mode has read. */
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** Rises with every change of `spec`. */
  readonly generation?: number;
  /** RFC 3339. */
  readonly creationTimestamp?: string;
  /** RFC 3339; set once deletion was asked for. */
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
