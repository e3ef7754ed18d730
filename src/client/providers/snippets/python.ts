/** Programs with the Python SDKs. */
import { UNUSED_KEY } from '../../unused-key.ts';
import { quoted, run } from './quote.ts';
import type { Place, Snippet } from './types.ts';

export const openAIPython: Snippet = (place) => `# pip install openai
# ${run('python example.py', place.tokenCommand)}
import os

from openai import OpenAI

client = OpenAI(
    base_url=${quoted(`${place.url}/v1`)},
    api_key=${token(place)},
)
answer = client.chat.completions.create(
    model=${quoted(place.model)},
    messages=[{"role": "user", "content": "Say hello."}],
)
print(answer.choices[0].message.content)
`;

export const anthropicPython: Snippet = (place) => `# pip install anthropic
# ${run('python example.py', place.tokenCommand)}
import os

from anthropic import Anthropic

client = Anthropic(
    base_url=${quoted(place.url)},
${
  place.passthrough
    ? `    api_key=os.environ["ANTHROPIC_API_KEY"],
    default_headers={"X-Tidegate-Authorization": "Bearer " + ${token(place)}},
`
    : `    auth_token=${token(place)},
`
})
answer = client.messages.create(
    model=${quoted(place.model)},
    max_tokens=64,
    messages=[{"role": "user", "content": "Say hello."}],
)
print(answer.content[0].text)
`;

export const googlePython: Snippet = (place) => `# pip install google-genai
# ${run('python example.py', place.tokenCommand)}
import os

from google import genai
from google.genai import types

client = genai.Client(
    api_key=${token(place)},
    http_options=types.HttpOptions(base_url=${quoted(place.url)}),
)
answer = client.models.generate_content(model=${quoted(place.model)}, contents="Say hello.")
print(answer.text)
`;

export const awsPython: Snippet = (place) => {
  // boto3 sends no bearer token over plain http; there it signs with any key, which the gateway drops.
  const plain = place.url.startsWith('http:');
  return `# pip install boto3
# ${run('python example.py', place.tokenCommand)}
import os

import boto3

${plain ? '' : `os.environ["AWS_BEARER_TOKEN_BEDROCK"] = ${token(place)}\n`}client = boto3.client(
    "bedrock-runtime",
    region_name="us-east-1",  # the provider decides the region
    endpoint_url=${quoted(place.url)},
${plain ? '    aws_access_key_id="unused",\n    aws_secret_access_key="unused",\n' : ''})
${
  plain
    ? `

def authorize(request, **_):
    request.headers["X-Tidegate-Authorization"] = "Bearer " + ${token(place)}


client.meta.events.register("before-send.bedrock-runtime", authorize)
`
    : ''
}answer = client.converse(
    modelId=${quoted(place.model)},
    messages=[{"role": "user", "content": [{"text": "Say hello."}]}],
)
print(answer["output"]["message"]["content"][0]["text"])
`;
};

function token({ tokenCommand }: Place): string {
  return tokenCommand === undefined ? quoted(UNUSED_KEY) : 'os.environ["TIDEGATE_TOKEN"]';
}
