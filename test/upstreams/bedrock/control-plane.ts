/** Reads of the control plane: lists of models and inference profiles, and one of each. */
import type { Answer, ReceivedRequest } from '../types.ts';
import { commonHeaders, failure } from './errors.ts';
import { foundationModels, inferenceProfiles, modelARN, profileARN, type Model } from './models.ts';

const CREATED = '2026-01-01T00:00:00Z';

function json(body: object): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', ...commonHeaders() },
    frames: [Buffer.from(JSON.stringify(body))],
  };
}

/** The answer to a `GET`; undefined when there is nothing at this path. */
export function read(request: ReceivedRequest, region: string): Answer | undefined {
  const [path = ''] = request.target.split('?');
  const [collection, id] = path.split('/').slice(1).map(decodeURIComponent);
  if (collection === 'foundation-models') {
    if (id === undefined) return json({ modelSummaries: foundationModels.map((model) => summary(model, region)) });
    const model = foundationModels.find((one) => one.id === id);
    return model === undefined ? notFound() : json({ modelDetails: summary(model, region) });
  }
  if (collection !== 'inference-profiles') return undefined;
  if (id === undefined)
    return json({ inferenceProfileSummaries: inferenceProfiles.map((one) => profile(one, region)) });
  const found = inferenceProfiles.find((one) => one.id === id || profileARN(one.id) === id);
  return found === undefined ? notFound() : json(profile(found, region));
}

function summary({ id, onDemand }: Model, region: string): object {
  return {
    modelArn: modelARN(id).replace('us-east-1', region),
    modelId: id,
    modelName: id,
    providerName: id.split('.', 1)[0],
    inputModalities: ['TEXT'],
    outputModalities: ['TEXT'],
    responseStreamingSupported: true,
    customizationsSupported: [],
    inferenceTypesSupported: [onDemand ? 'ON_DEMAND' : 'INFERENCE_PROFILE'],
    modelLifecycle: { status: 'ACTIVE' },
  };
}

function profile({ id }: Model, region: string): object {
  return {
    inferenceProfileName: id,
    description: `Routes requests to ${id}.`,
    createdAt: CREATED,
    updatedAt: CREATED,
    inferenceProfileArn: profileARN(id).replace('us-east-1', region),
    inferenceProfileId: id,
    models: [{ modelArn: modelARN(id.slice(id.indexOf('.') + 1)) }],
    status: 'ACTIVE',
    type: 'SYSTEM_DEFINED',
  };
}

function notFound(): Answer {
  return failure(404, 'ResourceNotFoundException', 'The resource you specified could not be found.');
}
