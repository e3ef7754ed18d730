"""Calls a gateway with the openai SDK's class for Azure and its realtime client; prints what it got as JSON.

The environment says where: GATEWAY (URL of the providers).
"""

import json
import os
import sys

import openai

GATEWAY = os.environ["GATEWAY"]
HELLO = {"model": "my-gpt", "messages": [{"role": "user", "content": "Say hello."}]}


def at_endpoint(name):
    return {"azure_endpoint": f"{GATEWAY}/{name}"}


def at_base_url(name):
    return {"base_url": f"{GATEWAY}/{name}"}


def azure_client(where, name):
    return openai.AzureOpenAI(
        api_key="token-of-the-caller", api_version="2025-01-01-preview", max_retries=0, **where(name)
    )


def azure_calls(where):
    api = azure_client(where, "azure")
    chunks = list(api.chat.completions.create(**HELLO, stream=True))
    try:
        azure_client(where, "limited").chat.completions.create(**{**HELLO, "model": "my-other"})
        refused = None
    except openai.APIStatusError as error:
        refused = type(error).__name__
    return {
        "chat": api.chat.completions.create(**HELLO).choices[0].message.content,
        "streamed": "".join(chunk.choices[0].delta.content or "" for chunk in chunks),
        "embedding": len(api.embeddings.create(model="my-embedding", input="a").data[0].embedding),
        "limited": azure_client(where, "limited").chat.completions.create(**HELLO).model,
        "refused": refused,
    }


def realtime():
    api = openai.OpenAI(
        api_key="token-of-the-caller",
        base_url=f"{GATEWAY}/openai/v1",
        websocket_base_url=f"{GATEWAY}/openai/v1".replace("http", "ws", 1),
    )
    said = ""
    with api.realtime.connect(model="gpt-realtime") as connection:
        connection.session.update(session={"type": "realtime", "instructions": "Be brief."})
        connection.response.create()
        for event in connection:
            if event.type == "response.output_audio_transcript.delta":
                said += event.delta
            elif event.type == "response.done":
                return {"said": said, "output_tokens": event.response.usage.output_tokens}
    return {}


json.dump(
    {
        "endpoint": azure_calls(at_endpoint),
        "base_url": azure_calls(at_base_url),
        "realtime": realtime(),
    },
    sys.stdout,
)
