/**
 * Personal data and secrets, a detector for each type. Written by hand, not as expressions: each looks at a text once, says
 * exactly what is still open, and asks for a checksum or a word nearby where the type alone says too little. Texts come
 * folded (`fold/`).
 */
import type { PIIType } from '../../api/pii-types.ts';
import type { Detector } from '../types.ts';
import { awsAccessKey } from './aws-access-key.ts';
import { awsSecretKey } from './aws-secret-key.ts';
import { creditCard } from './credit-card.ts';
import { email } from './email.ts';
import { gitHubToken } from './github-token.ts';
import { iban } from './iban.ts';
import { ipAddress } from './ip-address.ts';
import { jwt } from './jwt.ts';
import { macAddress } from './mac-address.ts';
import { passportUS } from './passport-us.ts';
import { password } from './password.ts';
import { phone } from './phone.ts';
import { privateKey } from './private-key.ts';
import { detectorOf, type Shape } from './shape.ts';
import { swiftCode } from './swift-code.ts';
import { ukNationalInsuranceNumber } from './uk-national-insurance-number.ts';
import { url } from './url.ts';
import { usBankRoutingNumber } from './us-bank-routing-number.ts';
import { usSocialSecurityNumber } from './us-social-security-number.ts';
import { vehicleIdentificationNumber } from './vehicle-identification-number.ts';

const shapes = {
  Email: email,
  Phone: phone,
  CreditCard: creditCard,
  IBAN: iban,
  USSocialSecurityNumber: usSocialSecurityNumber,
  UKNationalInsuranceNumber: ukNationalInsuranceNumber,
  IPAddress: ipAddress,
  MACAddress: macAddress,
  URL: url,
  AWSAccessKey: awsAccessKey,
  AWSSecretKey: awsSecretKey,
  GitHubToken: gitHubToken,
  PrivateKey: privateKey,
  JWT: jwt,
  Password: password,
  VehicleIdentificationNumber: vehicleIdentificationNumber,
  SWIFTCode: swiftCode,
  USBankRoutingNumber: usBankRoutingNumber,
  PassportUS: passportUS,
} satisfies Readonly<Record<PIIType, Shape>>;

export type { PIIType };

/** All types, in the order of the Guardrail's reference. */
export const piiTypes = Object.keys(shapes) as readonly PIIType[];

/** What `Mask` writes in place of a value. */
export const piiMasks: Readonly<Record<PIIType, string>> = {
  Email: '{EMAIL}',
  Phone: '{PHONE}',
  CreditCard: '{CREDIT_CARD}',
  IBAN: '{IBAN}',
  USSocialSecurityNumber: '{US_SOCIAL_SECURITY_NUMBER}',
  UKNationalInsuranceNumber: '{UK_NATIONAL_INSURANCE_NUMBER}',
  IPAddress: '{IP_ADDRESS}',
  MACAddress: '{MAC_ADDRESS}',
  URL: '{URL}',
  AWSAccessKey: '{AWS_ACCESS_KEY}',
  AWSSecretKey: '{AWS_SECRET_KEY}',
  GitHubToken: '{GITHUB_TOKEN}',
  PrivateKey: '{PRIVATE_KEY}',
  JWT: '{JWT}',
  Password: '{PASSWORD}',
  VehicleIdentificationNumber: '{VEHICLE_IDENTIFICATION_NUMBER}',
  SWIFTCode: '{SWIFT_CODE}',
  USBankRoutingNumber: '{US_BANK_ROUTING_NUMBER}',
  PassportUS: '{PASSPORT_US}',
};

/** The detector of a type; all of its state is in the text. */
export const piiDetector = (type: PIIType): Detector => detectorOf(shapes[type]);
