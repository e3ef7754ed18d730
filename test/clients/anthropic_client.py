"""Calls a gateway with the anthropic SDK and prints what it got, one JSON object for all cases.

The environment says where: GATEWAY (URL of the providers), SCENARIO_HEADER (name of the header that tells the
upstream how to behave), SUBSCRIPTION (a token that the upstream takes from callers themselves).
"""

import base64
import json
import os
import sys

import anthropic

GATEWAY = os.environ["GATEWAY"]
SCENARIO = os.environ["SCENARIO_HEADER"]
HELLO = {"model": "claude-opus-5", "max_tokens": 100, "messages": [{"role": "user", "content": "Say hello."}]}
TOOLS = {
    "tools": [{"name": "weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}],
    "tool_choice": {"type": "tool", "name": "weather"},
}


def client(provider="anthropic", max_retries=0, **options):
    return anthropic.Anthropic(
        base_url=f"{GATEWAY}/{provider}",
        max_retries=max_retries,
        **({"api_key": "token-of-the-caller"} if not options else options),
    )


def doing(**scenario):
    return {SCENARIO: json.dumps(scenario)}


def streamed(**extra):
    with client().messages.stream(**HELLO, **extra) as stream:
        final = stream.get_final_message()
    return {"content": [block.model_dump(exclude_none=True) for block in final.content], "output": final.usage.output_tokens}


def events():
    return [event.type for event in client().messages.create(**HELLO, stream=True)]


def image():
    data = base64.b64encode(b"picture" * 10000).decode()
    source = {"type": "base64", "media_type": "image/png", "data": data}
    content = [{"type": "image", "source": source}, {"type": "text", "text": "What is it?"}]
    return client().messages.create(**{**HELLO, "messages": [{"role": "user", "content": content}]}).content[0].text


def failure(provider="anthropic", max_retries=0, **scenario):
    try:
        client(provider, max_retries).messages.create(**HELLO, extra_headers=doing(**scenario))
    except anthropic.APIStatusError as error:
        names = ["x-tidegate-error", "retry-after", "retry-after-ms", "x-should-retry", "anthropic-ratelimit-unified-status"]
        return {
            "type": type(error).__name__,
            "status": error.status_code,
            "error": error.body["error"]["type"],
            "request_id": error.request_id,
            "headers": {name: error.response.headers.get(name) for name in names},
        }
    return {"type": None}


def broken_stream(**scenario):
    seen = 0
    try:
        for _ in client().messages.create(**HELLO, stream=True, extra_headers=doing(**scenario)):
            seen += 1
    except anthropic.APIError as error:
        return {"type": type(error).__name__, "message": str(error), "seen": seen}
    return {"type": None, "seen": seen}


def own_credential():
    caller = client(
        "own",
        auth_token=os.environ["SUBSCRIPTION"],
        default_headers={"X-Tidegate-Authorization": "Bearer token-for-the-gateway"},
    )
    return caller.messages.create(**HELLO).content[0].text


json.dump(
    {
        "message": client().messages.create(**HELLO).content[0].text,
        "events": events(),
        "streamed": streamed(),
        "thinking": streamed(thinking={"type": "enabled", "budget_tokens": 1024}),
        "tool": client().messages.create(**HELLO, **TOOLS).content[0].input,
        "streamed_tool": streamed(**TOOLS)["content"][0]["input"],
        "image": image(),
        "count": client().messages.count_tokens(model=HELLO["model"], messages=HELLO["messages"]).input_tokens,
        "models": [model.id for model in client().models.list()],
        "limited_models": [model.id for model in client("limited").models.list()],
        "own_credential": own_credential(),
        "failures": {
            "403": failure(error=403),
            "404": failure(error=404),
            "429": failure(error=429, max_retries=2),
            "500": failure(error=500),
            "529": failure(error=529),
            "wrong-key": failure("wrong-key"),
            "limited": failure("limited"),
            "disabled": failure("disabled"),
        },
        "cut_stream": broken_stream(cutAfterFrames=4),
        "failed_stream": broken_stream(streamErrorAfterFrames=5),
    },
    sys.stdout,
)
