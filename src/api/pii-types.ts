/** What `spec.pii.entities[].type` of a Guardrail may be; each has a detector of the same name. */
export const PII_TYPES = [
  'Email',
  'Phone',
  'CreditCard',
  'IBAN',
  'USSocialSecurityNumber',
  'UKNationalInsuranceNumber',
  'IPAddress',
  'MACAddress',
  'URL',
  'AWSAccessKey',
  'AWSSecretKey',
  'GitHubToken',
  'PrivateKey',
  'JWT',
  'Password',
  'VehicleIdentificationNumber',
  'SWIFTCode',
  'USBankRoutingNumber',
  'PassportUS',
] as const;

export type PIIType = (typeof PII_TYPES)[number];
