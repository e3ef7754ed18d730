import { classify as classifyOpenAI } from '../openai/classify.ts';
import { isCanonicalPath, isPlainRequest, modelInPath, normalisePath, withoutVersion } from '../shared/call-path.ts';
import type { ModelLocation, Operation, UpstreamRequestHead } from '../wire.ts';
import { type Call, findCall, toOperation, unknownCall } from './operations.ts';

const MODEL_PATH = /^(?:\/v\d+[a-z]*\d*)?\/models\/([^/]+)$/;

/** The one call of OpenAI's API that Anthropic's hosts answer, too. */
const CHAT_COMPLETIONS = 'chat/completions';

const PASS: ModelLocation = { in: 'None', allowlisted: 'Pass' };
const REFUSE: ModelLocation = { in: 'None', allowlisted: 'Refuse' };
const JSON_BODY: ModelLocation = { in: 'JSONBody' };

/**
 * Which call a request is, and where its model is. As for every wire, `Pass` is only for a known harmless call in its
 * canonical spelling; a variant that an upstream may normalise has its model checked if it can be read as a call with a
 * model, and is refused under an allowlist otherwise, as is every unknown path.
 */
export function classify(head: UpstreamRequestHead): Operation {
  const { method, path } = head;
  // The root in either spelling.
  const canonical = isCanonicalPath(path) || path === '' || path === '/';
  const exact = canonical ? withoutVersion(path) : undefined;
  const normalised = withoutVersion(normalisePath(path));
  if (method === 'POST' && normalised === CHAT_COMPLETIONS) return classifyOpenAI(head);
  const known = exact === undefined ? undefined : findCall(method, exact);
  const call = known ?? findCall(method, normalised) ?? unknownCall(method);
  return toOperation(call, locate(call, head, known !== undefined));
}

function locate(call: Call, head: UpstreamRequestHead, canonical: boolean): ModelLocation {
  switch (call.model) {
    case 'Body':
      return JSON_BODY;
    case 'Path':
      return isPlainRequest(head) ? modelInPath(head.path, MODEL_PATH) : REFUSE;
    case 'Pass':
      return canonical && isPlainRequest(head) ? PASS : REFUSE;
    case 'Refuse':
    default:
      return REFUSE;
  }
}
