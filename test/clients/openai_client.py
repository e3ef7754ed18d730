"""Calls a gateway with the openai SDK and prints what it got, one JSON object for all cases.

The environment says where: GATEWAY (URL of the providers), SCENARIO_HEADER (name of the header that tells the
upstream how to behave).
"""

import json
import os
import sys

import openai

GATEWAY = os.environ["GATEWAY"]
SCENARIO = os.environ["SCENARIO_HEADER"]
HELLO = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Say hello."}]}


def client(provider="openai", suffix="/v1", max_retries=0):
    return openai.OpenAI(
        api_key="token-of-the-caller", base_url=f"{GATEWAY}/{provider}{suffix}", max_retries=max_retries
    )


def doing(**scenario):
    return {SCENARIO: json.dumps(scenario)}


def streamed_chat(suffix, **options):
    chunks = list(client(suffix=suffix).chat.completions.create(**HELLO, stream=True, **options))
    return {
        "text": "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices),
        "usage_chunks": sum(1 for chunk in chunks if not chunk.choices),
        "usage": chunks[-1].usage.completion_tokens if chunks[-1].usage else None,
    }


def streamed_response(suffix):
    with client(suffix=suffix).responses.stream(model="gpt-5", input="Say hello.") as stream:
        return stream.get_final_response().output_text


def upload(suffix):
    content = b"one line\n" * 1000
    file = client(suffix=suffix).files.create(purpose="batch", file=("lines.jsonl", content))
    same = client(suffix=suffix).files.content(file.id).read() == content
    return {"bytes": file.bytes, "same": same}


def failure(provider="openai", max_retries=0, **scenario):
    try:
        client(provider, max_retries=max_retries).chat.completions.create(**HELLO, extra_headers=doing(**scenario))
    except openai.APIStatusError as error:
        headers = ["x-tidegate-error", "retry-after", "retry-after-ms", "x-should-retry"]
        return {
            "type": type(error).__name__,
            "status": error.status_code,
            "code": error.code,
            "request_id": error.request_id,
            "headers": {name: error.response.headers.get(name) for name in headers},
        }
    return {"type": None}


def broken_stream():
    stream = client().chat.completions.create(**HELLO, stream=True, extra_headers=doing(cutAfterFrames=3))
    try:
        list(stream)
    except openai.APIError as error:
        return {"type": type(error).__name__, "message": str(error)}
    return {"type": None}


def calls(suffix):
    api = client(suffix=suffix)
    return {
        "chat": api.chat.completions.create(**HELLO).choices[0].message.content,
        "streamed": streamed_chat(suffix),
        "streamed_with_usage": streamed_chat(suffix, stream_options={"include_usage": True}),
        "response": api.responses.create(model="gpt-5", input="Say hello.").output_text,
        "streamed_response": streamed_response(suffix),
        "embedding": api.embeddings.create(model="text-embedding-3-small", input="a").data[0].embedding,
        "models": [model.id for model in api.models.list()],
        "upload": upload(suffix),
    }


json.dump(
    {
        "versioned": calls("/v1"),
        "unversioned": calls(""),
        "failures": {
            "403": failure(error=403),
            "404": failure(error=404),
            "429": failure(error=429, max_retries=2),
            "500": failure(error=500),
            "wrong-key": failure("wrong-key"),
            "limited": failure("limited"),
            "disabled": failure("disabled"),
            "unknown": failure("unknown"),
        },
        "broken_stream": broken_stream(),
    },
    sys.stdout,
)
