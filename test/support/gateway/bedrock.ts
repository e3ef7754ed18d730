/** Builders of a Bedrock provider for tests, with keys that the fake Bedrock knows. */
import { KeyRing, type Key } from '../../upstreams/aws/index.ts';

/** The key that the gateway signs with, as recognisable in a dump as it can be. */
export const bedrockKey: Key = {
  accessKeyID: 'AKIAGATEWAY7F3A9C51E2',
  secretAccessKey: 'secret-of-the-gateway-7f3a9c51e2d84b60',
  principal: 'arn:aws:iam::111122223333:user/gateway',
};

/** A ring that knows {@link bedrockKey}. */
export function bedrockKeys(): KeyRing {
  return new KeyRing(bedrockKey);
}

/** An LLMProvider of type Bedrock with static keys, and its Secret. */
export function bedrockProvider(name: string, origin: string, spec: object = {}, key: Key = bedrockKey): object[] {
  const ref = { name };
  const provider = {
    apiVersion: 'tidegate.io/v1alpha1',
    kind: 'LLMProvider',
    metadata: { name },
    spec: {
      type: 'Bedrock',
      baseURL: origin,
      bedrock: {
        region: 'us-east-1',
        credentials: { type: 'StaticKeys', staticKeys: { accessKeyIDRef: ref, secretAccessKeyRef: ref } },
      },
      ...spec,
    },
  };
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    stringData: { AWS_ACCESS_KEY_ID: key.accessKeyID, AWS_SECRET_ACCESS_KEY: key.secretAccessKey },
  };
  return [provider, secret];
}
