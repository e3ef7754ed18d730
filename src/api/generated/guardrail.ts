// Generated from crds/tidegate.io_guardrails.yaml by hack/generate.ts. Do not edit.

import type { Condition } from '../conditions.ts';
import type { ObjectMeta } from '../metadata.ts';

/** A Guardrail is a set of rules over the texts that callers send and models answer. It is in force for the LLMProviders of its namespace that name it in `guardrailRefs`. */
export interface Guardrail {
  /** Version of the schema that this object is written in, `tidegate.io/v1alpha1`. */
  readonly apiVersion: 'tidegate.io/v1alpha1';
  /** Kind of this object, `Guardrail`. */
  readonly kind: 'Guardrail';
  readonly metadata: ObjectMeta;
  /** What is wanted. Only people and their tools write it; no controller does. */
  readonly spec: GuardrailSpec;
  /** What is in force. Only the operator writes it. */
  readonly status?: GuardrailStatus;
}

/** What is in force. Only the operator writes it. */
export interface GuardrailStatus {
  /** The generation of the spec that this status speaks of. */
  readonly observedGeneration?: number;
  /** Tests that pass, of all tests, such as `12/12`. Absent when there are no tests. */
  readonly testsPassed?: string;
  /** How many providers refer to the Guardrail, such as `2 providers`, or `none`. */
  readonly usedBy?: string;
  /** Conditions by type. Ready is always there; until the operator's first visit it is Unknown with the reason Pending. */
  readonly conditions?: readonly Condition[];
}

/** What is wanted. Only people and their tools write it; no controller does. */
export interface GuardrailSpec {
  /** Name for people, up to 253 characters. Defaults to the object's name. */
  readonly displayName?: string;
  /** What the Guardrail is for, for people, up to 1024 characters. */
  readonly description?: string;
  /** Whether the rules change anything. Enforce acts on what they find; Audit changes nothing and counts what Enforce would have done. Defaults to Enforce. */
  readonly mode?: GuardrailSpecMode;
  /** What becomes of a text that the rules cannot be tried on, such as one in a request that cannot be read. Closed blocks it, unless `mode` is Audit; Open lets it pass. It is counted in either case. Defaults to Closed. */
  readonly failurePolicy?: GuardrailSpecFailurePolicy;
  /** What callers read when something is blocked. Without it they read which Guardrail and which rule blocked it. */
  readonly messages?: GuardrailSpecMessages;
  /** Whose texts the rules look at, up to 5 values. System is instructions and descriptions of tools; User and Assistant are the turns of a conversation and the answer; ToolInput is what the model hands to tools; ToolOutput is what tools give back. Defaults to all of them. */
  readonly scopes?: readonly GuardrailSpecScope[];
  /** Lists of words to look for, up to 32. */
  readonly wordFilters?: readonly GuardrailSpecWordFilter[];
  /** Looks for English profanity, from a list that comes with the gateway. Its rule is called `profanity`. */
  readonly profanity?: GuardrailSpecProfanity;
  /** Personal data and secrets to look for. */
  readonly pii?: GuardrailSpecPii;
  /** What concerns streamed answers only. Each field has its own default. */
  readonly streaming?: GuardrailSpecStreaming;
  /** Texts and what must become of them, up to 100. While one of them fails the Guardrail is not Ready, and the providers that refer to it do not serve. */
  readonly tests?: readonly GuardrailSpecTest[];
}

/** One test. It is run as if `mode` were Enforce, and whatever `scopes` says. */
export interface GuardrailSpecTest {
  /** Name of the test, up to 253 characters. */
  readonly name: string;
  /** Which rules the text is tried on. Input is what a caller sends, Output what a model answers. */
  readonly direction: GuardrailSpecTestDirection;
  /** The text, up to 8192 characters. */
  readonly text: string;
  /** What must become of the text. */
  readonly expect: GuardrailSpecTestExpect;
}

/** What must become of the text. */
export interface GuardrailSpecTestExpect {
  /** Allow says that the text stays as it is, also when a rule with the action Detect finds something; Mask that a part of it is masked; Block that it is blocked. */
  readonly action: GuardrailSpecTestExpectAction;
  /** What the masked text must read, up to 16384 characters. Only for the action Mask; without it any masked text will do. */
  readonly text?: string;
}

/** Allow says that the text stays as it is, also when a rule with the action Detect finds something; Mask that a part of it is masked; Block that it is blocked. */
export type GuardrailSpecTestExpectAction = 'Allow' | 'Mask' | 'Block';

/** Which rules the text is tried on. Input is what a caller sends, Output what a model answers. */
export type GuardrailSpecTestDirection = 'Input' | 'Output';

/** What concerns streamed answers only. Each field has its own default. */
export interface GuardrailSpecStreaming {
  /** Characters that a match of `pii.regexes` has at most, from 16 to 4096. As many of a streamed answer are held back at most until it is certain that no match is under way, so that one split over chunks is found. Defaults to 256. */
  readonly holdBackCharacters?: number;
}

/** Personal data and secrets to look for. */
export interface GuardrailSpecPii {
  /** Kinds of data that the gateway knows, up to 32, each once. */
  readonly entities?: readonly GuardrailSpecPiiEntity[];
  /** Regular expressions to look for, up to 64. */
  readonly regexes?: readonly GuardrailSpecPiiRegex[];
}

/** One regular expression. */
export interface GuardrailSpecPiiRegex {
  /** Name of the rule, up to 63 characters. Metrics and logs call it `regex/` and this name, and `Mask` writes it in upper case, such as `{TICKET}` for `ticket`. */
  readonly name: string;
  /** What to look for, in RE2's syntax, up to 1024 characters. It is tried on texts whose compatibility forms, look-alike letters and invisible characters are undone, and finds at most `streaming.holdBackCharacters` characters at once. */
  readonly pattern: string;
  /** What becomes of a text in which the rule finds something. Block refuses the request or ends the answer; Mask writes the name in upper case and braces in place of what was found; Detect only counts it. */
  readonly action: GuardrailSpecPiiRegexAction;
  /** Which texts the rule looks at, up to 2 values. Input is what the caller sends, Output what the model answers. Defaults to both, Input and Output. */
  readonly appliesTo?: readonly GuardrailSpecPiiRegexAppliesTo[];
}

/** One direction. */
export type GuardrailSpecPiiRegexAppliesTo = 'Input' | 'Output';

/** What becomes of a text in which the rule finds something. Block refuses the request or ends the answer; Mask writes the name in upper case and braces in place of what was found; Detect only counts it. */
export type GuardrailSpecPiiRegexAction = 'Block' | 'Mask' | 'Detect';

/** One kind of data. */
export interface GuardrailSpecPiiEntity {
  /** Which kind. Checksums are checked where a kind has one, and kinds that look like other numbers are found only where words near them say so. Metrics and logs call the rule `pii/` and this type. */
  readonly type: GuardrailSpecPiiEntityType;
  /** What becomes of a text in which the rule finds something. Block refuses the request or ends the answer; Mask writes the kind in upper case and braces, such as `{EMAIL}`, in place of what was found; Detect only counts it. */
  readonly action: GuardrailSpecPiiEntityAction;
  /** Which texts the rule looks at, up to 2 values. Input is what the caller sends, Output what the model answers. Defaults to both, Input and Output. */
  readonly appliesTo?: readonly GuardrailSpecPiiEntityAppliesTo[];
}

/** One direction. */
export type GuardrailSpecPiiEntityAppliesTo = 'Input' | 'Output';

/** What becomes of a text in which the rule finds something. Block refuses the request or ends the answer; Mask writes the kind in upper case and braces, such as `{EMAIL}`, in place of what was found; Detect only counts it. */
export type GuardrailSpecPiiEntityAction = 'Block' | 'Mask' | 'Detect';

/** Which kind. Checksums are checked where a kind has one, and kinds that look like other numbers are found only where words near them say so. Metrics and logs call the rule `pii/` and this type. */
export type GuardrailSpecPiiEntityType = 'Email' | 'Phone' | 'CreditCard' | 'IBAN' | 'USSocialSecurityNumber' | 'UKNationalInsuranceNumber' | 'IPAddress' | 'MACAddress' | 'URL' | 'AWSAccessKey' | 'AWSSecretKey' | 'GitHubToken' | 'PrivateKey' | 'JWT' | 'Password' | 'VehicleIdentificationNumber' | 'SWIFTCode' | 'USBankRoutingNumber' | 'PassportUS';

/** Looks for English profanity, from a list that comes with the gateway. Its rule is called `profanity`. */
export interface GuardrailSpecProfanity {
  /** What becomes of a text in which the rule finds something. Block refuses the request or ends the answer; Mask writes `{PROFANITY}` in place of what was found; Detect only counts it. */
  readonly action: GuardrailSpecProfanityAction;
  /** Which texts the rule looks at, up to 2 values. Input is what the caller sends, Output what the model answers. Defaults to both, Input and Output. */
  readonly appliesTo?: readonly GuardrailSpecProfanityAppliesTo[];
}

/** One direction. */
export type GuardrailSpecProfanityAppliesTo = 'Input' | 'Output';

/** What becomes of a text in which the rule finds something. Block refuses the request or ends the answer; Mask writes `{PROFANITY}` in place of what was found; Detect only counts it. */
export type GuardrailSpecProfanityAction = 'Block' | 'Mask' | 'Detect';

/** One list of words. */
export interface GuardrailSpecWordFilter {
  /** Name of the filter, up to 63 characters. Metrics and logs call the rule `word/` and this name, and `Mask` writes it in upper case, such as `{PROJECT_NAMES}` for `project-names`. */
  readonly name: string;
  /** The words or phrases, up to 1000 of up to 256 characters each. Compatibility forms, look-alike letters and invisible characters make no difference. */
  readonly words: readonly string[];
  /** Where a word is found. Word finds it between the borders of words only; Substring finds it within longer words, too. Defaults to Word. */
  readonly match?: GuardrailSpecWordFilterMatch;
  /** Whether upper and lower case differ. Defaults to false. */
  readonly caseSensitive?: boolean;
  /** What becomes of a text in which the rule finds something. Block refuses the request or ends the answer; Mask writes the filter's name in upper case and braces in place of what was found; Detect only counts it. */
  readonly action: GuardrailSpecWordFilterAction;
  /** Which texts the rule looks at, up to 2 values. Input is what the caller sends, Output what the model answers. Defaults to both, Input and Output. */
  readonly appliesTo?: readonly GuardrailSpecWordFilterAppliesTo[];
}

/** One direction. */
export type GuardrailSpecWordFilterAppliesTo = 'Input' | 'Output';

/** What becomes of a text in which the rule finds something. Block refuses the request or ends the answer; Mask writes the filter's name in upper case and braces in place of what was found; Detect only counts it. */
export type GuardrailSpecWordFilterAction = 'Block' | 'Mask' | 'Detect';

/** Where a word is found. Word finds it between the borders of words only; Substring finds it within longer words, too. Defaults to Word. */
export type GuardrailSpecWordFilterMatch = 'Word' | 'Substring';

/** One scope. */
export type GuardrailSpecScope = 'System' | 'User' | 'Assistant' | 'ToolInput' | 'ToolOutput';

/** What callers read when something is blocked. Without it they read which Guardrail and which rule blocked it. */
export interface GuardrailSpecMessages {
  /** Said of a blocked request, up to 2048 characters. Defaults to words of the gateway. */
  readonly input?: string;
  /** Said of a blocked answer, up to 2048 characters. Defaults to words of the gateway. */
  readonly output?: string;
}

/** What becomes of a text that the rules cannot be tried on, such as one in a request that cannot be read. Closed blocks it, unless `mode` is Audit; Open lets it pass. It is counted in either case. Defaults to Closed. */
export type GuardrailSpecFailurePolicy = 'Closed' | 'Open';

/** Whether the rules change anything. Enforce acts on what they find; Audit changes nothing and counts what Enforce would have done. Defaults to Enforce. */
export type GuardrailSpecMode = 'Enforce' | 'Audit';
