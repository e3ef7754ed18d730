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
  /** What becomes of a text that the rules cannot be tried on, such as one in a request that cannot be read, or one about which a judge outside of the gateway gives no verdict. Closed blocks it, or refuses it as unavailable where there is no verdict, unless `mode` is Audit; Open lets it pass. It is counted in either case. Defaults to Closed. */
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
  /** What a judge outside of the gateway is to look for, and which judge. It is asked about whole requests and answers and about streamed answers window by window, with the masks of the other rules in place. */
  readonly contentPolicies?: GuardrailSpecContentPolicies;
  /** An existing guardrail of Amazon Bedrock, whose rules are kept in AWS. Calls of Invoke and Converse to a Bedrock provider of its region carry it to AWS, unless `mode` is Audit or `scopes` is set; about all others it is asked through ApplyGuardrail. */
  readonly bedrock?: GuardrailSpecBedrock;
  /** Milliseconds that the judges of `contentPolicies` and `bedrock` may take together for one request, one answer or one window of a streamed answer, from 100 to 30000. What then happens is said by `failurePolicy`. Only with one of them. Defaults to 2000. */
  readonly timeoutMilliseconds?: number;
  /** Texts and what must become of them, up to 100. While one of them fails the Guardrail is not Ready, and the providers that refer to it do not serve. */
  readonly tests?: readonly GuardrailSpecTest[];
}

/** One test. It is run as if `mode` were Enforce, and whatever `scopes` says. Judges of `contentPolicies` and `bedrock` are not asked. */
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

/** An existing guardrail of Amazon Bedrock, whose rules are kept in AWS. Calls of Invoke and Converse to a Bedrock provider of its region carry it to AWS, unless `mode` is Audit or `scopes` is set; about all others it is asked through ApplyGuardrail. */
export interface GuardrailSpecBedrock {
  /** Id or ARN of the guardrail. */
  readonly identifier: string;
  /** Version of the guardrail, a number or `DRAFT`. */
  readonly version: string;
  /** The AWS region of the guardrail, such as `eu-central-1`. */
  readonly region: string;
  /** URL of the runtime API that ApplyGuardrail is called at, up to 2048 characters. Defaults to `https://bedrock-runtime.<region>.amazonaws.com`. */
  readonly baseURL?: string;
  /** Where the AWS credentials come from that sign ApplyGuardrail. Defaults to what the proxies' environment offers. */
  readonly credentials?: GuardrailSpecBedrockCredentials;
}

/** Where the AWS credentials come from that sign ApplyGuardrail. Defaults to what the proxies' environment offers. */
export interface GuardrailSpecBedrockCredentials {
  /** DefaultChain takes what the proxies' environment offers, which is environment variables, shared configuration files, EKS Pod Identity, IAM roles for service accounts or the instance profile; StaticKeys takes an access key from Secrets; AssumeRole assumes a role with the identity of the default chain. Defaults to DefaultChain. */
  readonly type?: GuardrailSpecBedrockCredentialsType;
  /** The access key. Required for the type StaticKeys, forbidden for the others. */
  readonly staticKeys?: GuardrailSpecBedrockCredentialsStaticKeys;
  /** The role. Required for the type AssumeRole, forbidden for the others. */
  readonly assumeRole?: GuardrailSpecBedrockCredentialsAssumeRole;
}

/** The role. Required for the type AssumeRole, forbidden for the others. */
export interface GuardrailSpecBedrockCredentialsAssumeRole {
  /** ARN of the role, such as `arn:aws:iam::111122223333:role/bedrock`. */
  readonly roleARN: string;
  /** External id that the role's trust policy asks for, 2 to 1224 characters. Absent, none is sent. */
  readonly externalID?: string;
  /** Name of the sessions, 2 to 64 characters, which AWS shows in its audit log. Defaults to a name made of the provider's namespace and name. */
  readonly sessionName?: string;
}

/** The access key. Required for the type StaticKeys, forbidden for the others. */
export interface GuardrailSpecBedrockCredentialsStaticKeys {
  /** The Secret in the same namespace that holds the access key id. */
  readonly accessKeyIDRef: SecretKeyRef;
  /** The Secret in the same namespace that holds the secret access key. */
  readonly secretAccessKeyRef: SecretKeyRef;
  /** The Secret in the same namespace that holds the session token, which temporary access keys have. */
  readonly sessionTokenRef?: SecretKeyRef;
}

/** Names one key of a Secret in the object's own namespace. */
export interface SecretKeyRef {
  /** Name of the Secret, in the namespace of this object. */
  readonly name: string;
  /** Key within the Secret. The default depends on the field. */
  readonly key?: string;
}

/** DefaultChain takes what the proxies' environment offers, which is environment variables, shared configuration files, EKS Pod Identity, IAM roles for service accounts or the instance profile; StaticKeys takes an access key from Secrets; AssumeRole assumes a role with the identity of the default chain. Defaults to DefaultChain. */
export type GuardrailSpecBedrockCredentialsType = 'DefaultChain' | 'StaticKeys' | 'AssumeRole';

/** What a judge outside of the gateway is to look for, and which judge. It is asked about whole requests and answers and about streamed answers window by window, with the masks of the other rules in place. */
export interface GuardrailSpecContentPolicies {
  /** Kinds of content to block, up to 6, each once. Moderation of OpenAI needs them; a webhook is told them. */
  readonly filters?: readonly GuardrailSpecContentPoliciesFilter[];
  /** What must not be talked about, up to 30 topics. A webhook is told them; a guardrail of Amazon Bedrock has its own. */
  readonly deniedTopics?: readonly GuardrailSpecContentPoliciesDeniedTopic[];
  /** Who judges, which is exactly one of its fields. */
  readonly evaluator: GuardrailSpecContentPoliciesEvaluator;
}

/** Who judges, which is exactly one of its fields. */
export interface GuardrailSpecContentPoliciesEvaluator {
  /** The moderation endpoint of OpenAI, called through a provider. */
  readonly openAIModeration?: GuardrailSpecContentPoliciesEvaluatorOpenAIModeration;
  /** A webhook of your own, as docs/guardrail-webhook.md describes it. */
  readonly http?: GuardrailSpecContentPoliciesEvaluatorHttp;
}

/** A webhook of your own, as docs/guardrail-webhook.md describes it. */
export interface GuardrailSpecContentPoliciesEvaluatorHttp {
  /** URL that texts are sent to by POST, with the scheme `http` or `https`, up to 2048 characters. */
  readonly url: string;
  /** The Secret in the same namespace that holds the token that is sent as a bearer token in `Authorization`. Without it none is sent. */
  readonly secretRef?: SecretKeyRef;
  /** How the webhook's certificate is verified. Without it the system's certificate authorities count. */
  readonly tls?: GuardrailSpecContentPoliciesEvaluatorHttpTls;
}

/** How the webhook's certificate is verified. Without it the system's certificate authorities count. */
export interface GuardrailSpecContentPoliciesEvaluatorHttpTls {
  /** The Secret in the same namespace that holds a PEM bundle of certificate authorities. They replace the system's for this webhook. */
  readonly caSecretRef: SecretKeyRef;
}

/** The moderation endpoint of OpenAI, called through a provider. */
export interface GuardrailSpecContentPoliciesEvaluatorOpenAIModeration {
  /** The LLMProvider in the same namespace whose moderation endpoint is called, with its credential. Its type is OpenAI or OpenAICompatible. While it is missing, disabled or not served, the check fails. */
  readonly providerRef: GuardrailSpecContentPoliciesEvaluatorOpenAIModerationProviderRef;
  /** Model that moderates, up to 256 characters. Defaults to `omni-moderation-latest`. */
  readonly model?: string;
}

/** The LLMProvider in the same namespace whose moderation endpoint is called, with its credential. Its type is OpenAI or OpenAICompatible. While it is missing, disabled or not served, the check fails. */
export interface GuardrailSpecContentPoliciesEvaluatorOpenAIModerationProviderRef {
  /** Name of the LLMProvider. */
  readonly name: string;
}

/** One topic. */
export interface GuardrailSpecContentPoliciesDeniedTopic {
  /** Name of the topic, up to 63 characters. */
  readonly name: string;
  /** What the topic is, in a sentence, up to 1000 characters. */
  readonly definition: string;
  /** Texts that are of the topic, up to 5 of up to 256 characters each. */
  readonly examples?: readonly string[];
}

/** One kind of content. */
export interface GuardrailSpecContentPoliciesFilter {
  /** Which kind. Metrics and logs call the rule `content/` and this category. */
  readonly category: GuardrailSpecContentPoliciesFilterCategory;
  /** How easily what callers send is blocked. None never blocks it; Low blocks what is certain, Medium what is probable, High also what is only likely. With moderation of OpenAI that is a score from 0.8, from 0.5 and from 0.2, and with Medium and High also whatever OpenAI itself flags. Defaults to None. */
  readonly inputStrength?: GuardrailSpecContentPoliciesFilterInputStrength;
  /** How easily what models answer is blocked. None never blocks it; Low blocks what is certain, Medium what is probable, High also what is only likely. With moderation of OpenAI that is a score from 0.8, from 0.5 and from 0.2, and with Medium and High also whatever OpenAI itself flags. Defaults to None. */
  readonly outputStrength?: GuardrailSpecContentPoliciesFilterOutputStrength;
}

/** How easily what models answer is blocked. None never blocks it; Low blocks what is certain, Medium what is probable, High also what is only likely. With moderation of OpenAI that is a score from 0.8, from 0.5 and from 0.2, and with Medium and High also whatever OpenAI itself flags. Defaults to None. */
export type GuardrailSpecContentPoliciesFilterOutputStrength = 'None' | 'Low' | 'Medium' | 'High';

/** How easily what callers send is blocked. None never blocks it; Low blocks what is certain, Medium what is probable, High also what is only likely. With moderation of OpenAI that is a score from 0.8, from 0.5 and from 0.2, and with Medium and High also whatever OpenAI itself flags. Defaults to None. */
export type GuardrailSpecContentPoliciesFilterInputStrength = 'None' | 'Low' | 'Medium' | 'High';

/** Which kind. Metrics and logs call the rule `content/` and this category. */
export type GuardrailSpecContentPoliciesFilterCategory = 'Hate' | 'Insults' | 'Sexual' | 'Violence' | 'Misconduct' | 'PromptAttack';

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

/** What becomes of a text that the rules cannot be tried on, such as one in a request that cannot be read, or one about which a judge outside of the gateway gives no verdict. Closed blocks it, or refuses it as unavailable where there is no verdict, unless `mode` is Audit; Open lets it pass. It is counted in either case. Defaults to Closed. */
export type GuardrailSpecFailurePolicy = 'Closed' | 'Open';

/** Whether the rules change anything. Enforce acts on what they find; Audit changes nothing and counts what Enforce would have done. Defaults to Enforce. */
export type GuardrailSpecMode = 'Enforce' | 'Audit';
