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
  /** Which API the provider speaks. OpenAI is the API at api.openai.com; OpenAICompatible is the same API served by someone else, such as vLLM or Ollama. Immutable. */
  readonly type: ProviderType;
  /** Whether callers may use the provider. While false it stays listed and every request is refused with status 403. Defaults to true. */
  readonly enabled?: boolean;
  /** Base URL of the provider's API, including its version segment if it has one. Defaults to `https://api.openai.com/v1` for OpenAI; required for OpenAICompatible. */
  readonly baseURL?: string;
  /** The Secret in the same namespace that holds the provider's API key. Required for OpenAI; without it an OpenAICompatible provider is called without a credential. */
  readonly secretRef?: SecretKeyRef;
  /** The models that callers may use, by their exact ids, up to 256. Defaults to an empty list, which allows every model. */
  readonly models?: readonly LLMProviderSpecModel[];
  /** How the token usage of streamed answers is learned. InjectAndStrip asks the provider for its usage chunk and removes just that chunk from the answer; AsClient changes nothing. Defaults to InjectAndStrip. */
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

/** How the token usage of streamed answers is learned. InjectAndStrip asks the provider for its usage chunk and removes just that chunk from the answer; AsClient changes nothing. Defaults to InjectAndStrip. */
export type LLMProviderSpecStreamUsage = 'InjectAndStrip' | 'AsClient';

/** One allowed model. */
export interface LLMProviderSpecModel {
  /** The model's id as callers send it and as the provider knows it, up to 256 characters. */
  readonly name: string;
}

/** Which API the provider speaks. OpenAI is the API at api.openai.com; OpenAICompatible is the same API served by someone else, such as vLLM or Ollama. Immutable. */
export type ProviderType = 'OpenAI' | 'OpenAICompatible';
