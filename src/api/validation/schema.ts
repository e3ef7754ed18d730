/** The part of a structural schema (`openAPIV3Schema` of a CRD) that Tidegate's CRDs use. */
export interface StructuralSchema {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly required?: readonly string[];
  readonly items?: StructuralSchema;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: 'date-time';
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: JSONValue;
  readonly 'x-kubernetes-list-type'?: 'map' | 'atomic';
  /** One key is enough for every list of ours. */
  readonly 'x-kubernetes-list-map-keys'?: readonly [string];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

/** One CEL rule. */
export interface ValidationRule {
  readonly rule: string;
  readonly message: string;
  /** Where a violation is reported, relative to the field that carries the rule, such as `.metadata.name`. */
  readonly fieldPath?: string;
}

export type JSONValue = string | number | boolean | null | readonly JSONValue[] | JSONObject;
export interface JSONObject {
  readonly [key: string]: JSONValue;
}

export function isObject(value: JSONValue | undefined): value is JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: JSONValue | undefined): value is readonly JSONValue[] {
  return Array.isArray(value);
}
