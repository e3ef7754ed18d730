// Generated from crds/tidegate.io_llmproviders.yaml by hack/generate.ts. Do not edit.

import type { Condition } from '../conditions.ts';
import type { ObjectMeta } from '../metadata.ts';

/** An LLMProvider gives callers a metered, access-controlled URL to one LLM provider's native API. */
export interface LLMProvider {
  /** Version of the schema that this object is written in, `tidegate.io/v1alpha1`. */
  readonly apiVersion: 'tidegate.io/v1alpha1';
  /** Kind of this object, `LLMProvider`. */
  readonly kind: 'LLMProvider';
  readonly metadata: ObjectMeta;
  /** What is wanted. Only people and their tools write it; no controller does. */
  readonly spec: LLMProviderSpec;
  /** What is in force. Only the operator writes it. */
  readonly status?: LLMProviderStatus;
}

/** What is in force. Only the operator writes it. */
export interface LLMProviderStatus {
  /** The generation of the spec that this status speaks of. */
  readonly observedGeneration?: number;
  /** Where callers reach the provider. Absolute when the gateway's public URL is configured, else a path. */
  readonly url?: string;
  /** The first two allowed models and how many more there are, or `all models`. */
  readonly modelSummary?: string;
  /** Live proxies that serve this generation, of all live proxies, such as `2/2`. */
  readonly proxies?: string;
  /** Conditions by type. Ready and Active are always there; until the operator's first visit both are Unknown with the reason Pending. */
  readonly conditions?: readonly Condition[];
}

/** What is wanted. Only people and their tools write it; no controller does. */
export interface LLMProviderSpec {
  /** Name for people, up to 253 characters. Defaults to the object's name. */
  readonly displayName?: string;
  /** Which API the provider speaks. OpenAI is the API at api.openai.com, and Azure OpenAI's with `baseURL`; Anthropic is the Claude API; GoogleAI is the Gemini API; Bedrock is Amazon Bedrock's runtime; OpenAICompatible is OpenAI's API served by someone else, such as vLLM or Ollama. Immutable. */
  readonly type: ProviderType;
  /** Whether callers may use the provider. While false it stays listed and every request is refused with status 403. Defaults to true. */
  readonly enabled?: boolean;
  /** Base URL of the provider's API, including its version segment if it has one. Defaults to `https://api.openai.com/v1` for OpenAI, `https://api.anthropic.com` for Anthropic, `https://generativelanguage.googleapis.com` for GoogleAI and the region's `https://bedrock-runtime.<region>.amazonaws.com` for Bedrock; required for OpenAICompatible. */
  readonly baseURL?: string;
  /** The Secret in the same namespace that holds the provider's API key. Required for OpenAI, GoogleAI and, without `authPassthrough`, Anthropic; forbidden for Bedrock and with `authPassthrough`; without it an OpenAICompatible provider is called without a credential. */
  readonly secretRef?: SecretKeyRef;
  /** What concerns providers of type Anthropic only. */
  readonly anthropic?: LLMProviderSpecAnthropic;
  /** What concerns providers of type Bedrock only. Required for them. */
  readonly bedrock?: LLMProviderSpecBedrock;
  /** The Guardrails in the same namespace that every call is checked against, up to 16, in this order. The provider does not serve while one of them is missing or not Ready. Defaults to none. */
  readonly guardrailRefs?: readonly LLMProviderSpecGuardrailRef[];
  /** The models that callers may use, by their exact ids, up to 256. For Bedrock these are mostly inference profiles, such as `eu.anthropic.claude-sonnet-4-5-20250929-v1:0`, or ARNs. Defaults to an empty list, which allows every model. */
  readonly models?: readonly LLMProviderSpecModel[];
  /** How the token usage of streamed answers is learned where the provider tells it on request only, which is so of OpenAI's API, also where other providers offer it. InjectAndStrip asks the provider for its usage chunk and removes just that chunk from the answer; AsClient changes nothing. Defaults to InjectAndStrip. */
  readonly streamUsage?: LLMProviderSpecStreamUsage;
  /** What happens to the provider's answer when the caller hangs up. Cancel aborts it at once; Drain reads it to its end to learn the true usage. Defaults to Cancel. */
  readonly onClientDisconnect?: LLMProviderSpecOnClientDisconnect;
  /** How long the gateway waits for the provider. Each has its own default. */
  readonly timeouts?: LLMProviderSpecTimeouts;
  /** How the provider's certificate is verified. Without it the system's certificate authorities count. */
  readonly tls?: LLMProviderSpecTls;
  /** Extra headers that are sent to the provider with every request, up to 16. They replace a caller's header of the same name. Credentials do not belong here. */
  readonly headers?: readonly LLMProviderSpecHeader[];
}

/** One extra header. */
export interface LLMProviderSpecHeader {
  /** Name of the header. Headers that carry credentials or belong to the connection are refused. */
  readonly name: string;
  /** Value of the header, printable ASCII characters, up to 1024. */
  readonly value: string;
}

/** How the provider's certificate is verified. Without it the system's certificate authorities count. */
export interface LLMProviderSpecTls {
  /** The Secret in the same namespace that holds a PEM bundle of certificate authorities. They replace the system's for this provider. */
  readonly caSecretRef: SecretKeyRef;
}

/** Names one key of a Secret in the object's own namespace. */
export interface SecretKeyRef {
  /** Name of the Secret, in the namespace of this object. */
  readonly name: string;
  /** Key within the Secret. The default depends on the field. */
  readonly key?: string;
}

/** How long the gateway waits for the provider. Each has its own default. */
export interface LLMProviderSpecTimeouts {
  /** Seconds until a connection to the provider must stand, TLS included, from 1 to 300. Defaults to 10. */
  readonly connectSeconds?: number;
  /** Seconds until the provider's answer must begin, from 1 to 3600. Defaults to 600. */
  readonly firstByteSeconds?: number;
  /** Seconds that an answer may pause between two pieces, from 1 to 3600. Defaults to 300. */
  readonly idleSeconds?: number;
}

/** What happens to the provider's answer when the caller hangs up. Cancel aborts it at once; Drain reads it to its end to learn the true usage. Defaults to Cancel. */
export type LLMProviderSpecOnClientDisconnect = 'Cancel' | 'Drain';

/** How the token usage of streamed answers is learned where the provider tells it on request only, which is so of OpenAI's API, also where other providers offer it. InjectAndStrip asks the provider for its usage chunk and removes just that chunk from the answer; AsClient changes nothing. Defaults to InjectAndStrip. */
export type LLMProviderSpecStreamUsage = 'InjectAndStrip' | 'AsClient';

/** One allowed model. */
export interface LLMProviderSpecModel {
  /** The model's id as callers send it and as the provider knows it, up to 256 characters. */
  readonly name: string;
  /** Prices in USD per 1,000,000 tokens, from 0 to 1000000, exact to 6 decimals, that win over the price catalog's. A price that is absent is the catalog's; 0 says that the tokens are free. */
  readonly pricing?: LLMProviderSpecModelPricing;
}

/** Prices in USD per 1,000,000 tokens, from 0 to 1000000, exact to 6 decimals, that win over the price catalog's. A price that is absent is the catalog's; 0 says that the tokens are free. */
export interface LLMProviderSpecModelPricing {
  /** USD per 1,000,000 input tokens, tool use included. */
  readonly input?: number;
  /** USD per 1,000,000 output tokens, reasoning included. */
  readonly output?: number;
  /** USD per 1,000,000 input tokens that the provider read from its cache. */
  readonly cachedInput?: number;
  /** USD per 1,000,000 input tokens that the provider wrote into its cache for 5 minutes. */
  readonly cacheWrite5m?: number;
  /** USD per 1,000,000 input tokens that the provider wrote into its cache for 1 hour. */
  readonly cacheWrite1h?: number;
}

/** One Guardrail. */
export interface LLMProviderSpecGuardrailRef {
  /** Name of the Guardrail, in the namespace of this object. */
  readonly name: string;
}

/** What concerns providers of type Bedrock only. Required for them. */
export interface LLMProviderSpecBedrock {
  /** The AWS region that is called and that requests are signed for, such as `eu-central-1`. */
  readonly region: string;
  /** Where the AWS credentials come from that sign requests. Defaults to what the proxies' environment offers. */
  readonly credentials?: LLMProviderSpecBedrockCredentials;
}

/** Where the AWS credentials come from that sign requests. Defaults to what the proxies' environment offers. */
export interface LLMProviderSpecBedrockCredentials {
  /** DefaultChain takes what the proxies' environment offers, which is environment variables, shared configuration files, EKS Pod Identity, IAM roles for service accounts or the instance profile; StaticKeys takes an access key from Secrets; AssumeRole assumes a role with the identity of the default chain. Defaults to DefaultChain. */
  readonly type?: LLMProviderSpecBedrockCredentialsType;
  /** The access key. Required for the type StaticKeys, forbidden for the others. */
  readonly staticKeys?: LLMProviderSpecBedrockCredentialsStaticKeys;
  /** The role. Required for the type AssumeRole, forbidden for the others. */
  readonly assumeRole?: LLMProviderSpecBedrockCredentialsAssumeRole;
}

/** The role. Required for the type AssumeRole, forbidden for the others. */
export interface LLMProviderSpecBedrockCredentialsAssumeRole {
  /** ARN of the role, such as `arn:aws:iam::111122223333:role/bedrock`. */
  readonly roleARN: string;
  /** External id that the role's trust policy asks for, 2 to 1224 characters. Absent, none is sent. */
  readonly externalID?: string;
  /** Name of the sessions, 2 to 64 characters, which AWS shows in its audit log. Defaults to a name made of the provider's namespace and name. */
  readonly sessionName?: string;
}

/** The access key. Required for the type StaticKeys, forbidden for the others. */
export interface LLMProviderSpecBedrockCredentialsStaticKeys {
  /** The Secret in the same namespace that holds the access key id. */
  readonly accessKeyIDRef: SecretKeyRef;
  /** The Secret in the same namespace that holds the secret access key. */
  readonly secretAccessKeyRef: SecretKeyRef;
  /** The Secret in the same namespace that holds the session token, which temporary access keys have. */
  readonly sessionTokenRef?: SecretKeyRef;
}

/** DefaultChain takes what the proxies' environment offers, which is environment variables, shared configuration files, EKS Pod Identity, IAM roles for service accounts or the instance profile; StaticKeys takes an access key from Secrets; AssumeRole assumes a role with the identity of the default chain. Defaults to DefaultChain. */
export type LLMProviderSpecBedrockCredentialsType = 'DefaultChain' | 'StaticKeys' | 'AssumeRole';

/** What concerns providers of type Anthropic only. */
export interface LLMProviderSpecAnthropic {
  /** Whether the caller's own `Authorization` or `x-api-key` goes on to the provider, for callers with an account of their own. The gateway then adds no credential, and callers send the gateway's in `X-Tidegate-Authorization`. Defaults to false. */
  readonly authPassthrough?: boolean;
}

/** Which API the provider speaks. OpenAI is the API at api.openai.com, and Azure OpenAI's with `baseURL`; Anthropic is the Claude API; GoogleAI is the Gemini API; Bedrock is Amazon Bedrock's runtime; OpenAICompatible is OpenAI's API served by someone else, such as vLLM or Ollama. Immutable. */
export type ProviderType = 'OpenAI' | 'Anthropic' | 'GoogleAI' | 'Bedrock' | 'OpenAICompatible';
