"""Calls a gateway with the google-genai SDK and prints what it got, one JSON object for all cases.

The environment says where: GATEWAY (URL of the providers), SCENARIO_HEADER (name of the header that tells the
upstream how to behave).
"""

import io
import json
import os
import sys

from google import genai
from google.genai import errors, types

GATEWAY = os.environ["GATEWAY"]
SCENARIO = os.environ["SCENARIO_HEADER"]
MODEL = "gemini-2.5-flash"


# A client closes its connections when nobody holds it.
CLIENTS = {}


def client(provider="gemini", version=None):
    if (provider, version) not in CLIENTS:
        options = types.HttpOptions(base_url=f"{GATEWAY}/{provider}", api_version=version)
        CLIENTS[provider, version] = genai.Client(api_key="token-of-the-caller", http_options=options)
    return CLIENTS[provider, version]


def doing(**scenario):
    return types.HttpOptions(headers={SCENARIO: json.dumps(scenario)})


def generated(api, **config):
    config = types.GenerateContentConfig(**config)
    return api.models.generate_content(model=MODEL, contents="Say hello.", config=config)


def streamed(api):
    chunks = list(api.models.generate_content_stream(model=MODEL, contents="Say hello."))
    return {
        "text": "".join(chunk.text or "" for chunk in chunks),
        "finish": chunks[-1].candidates[0].finish_reason.value,
        "thoughts": chunks[-1].usage_metadata.thoughts_token_count,
    }


def chat(api):
    conversation = api.chats.create(model=MODEL)
    conversation.send_message("Say hello.")
    return "".join(chunk.text or "" for chunk in conversation.send_message_stream("Again."))


def function(api):
    declaration = {"name": "weather", "parameters_json_schema": {"type": "object", "properties": {"model": {}}}}
    mode = types.ToolConfig(function_calling_config=types.FunctionCallingConfig(mode="ANY"))
    tools = [types.Tool(function_declarations=[declaration])]
    calls = generated(api, tools=tools, tool_config=mode).function_calls
    return [[call.name, call.args] for call in calls]


def image(api):
    part = types.Part.from_bytes(data=bytes(100_000), mime_type="image/png")
    return api.models.generate_content(model=MODEL, contents=[part, "What is it?"]).text


def upload(api):
    content = b"one line\n" * 1_000_000
    config = types.UploadFileConfig(mime_type="text/plain", display_name="lines")
    file = api.files.upload(file=io.BytesIO(content), config=config)
    read = api.files.get(name=file.name)
    listed = [one.name for one in api.files.list()]
    api.files.delete(name=file.name)
    return {"bytes": read.size_bytes, "listed": file.name in listed, "name": file.display_name}


def failure(provider="gemini", model=MODEL, stream=False, **scenario):
    config = types.GenerateContentConfig(http_options=doing(**scenario))
    models = client(provider).models
    try:
        if stream:
            list(models.generate_content_stream(model=model, contents="Say hello.", config=config))
        else:
            models.generate_content(model=model, contents="Say hello.", config=config)
    except errors.APIError as error:
        return {"type": type(error).__name__, "code": error.code, "status": error.status, "message": error.message}
    return {"type": None}


def calls(version):
    api = client(version=version)
    return {
        "text": generated(api).text,
        "streamed": streamed(api),
        "chat": chat(api),
        "function": function(api),
        "image": image(api),
        "tokens": api.models.count_tokens(model=MODEL, contents="Say hello.").total_tokens > 0,
        "embedding": api.models.embed_content(model="gemini-embedding-2", contents="a").embeddings[0].values,
        "models": [model.name for model in api.models.list()],
        "upload": upload(api),
    }


json.dump(
    {
        "by_default": calls(None),
        "beta": calls("v1beta"),
        "limited_models": [model.name for model in client("limited").models.list(config={"page_size": 2})],
        "failures": {
            **{str(status): failure(error=status) for status in (400, 401, 403, 404, 429, 500, 503)},
            **{f"stream-{status}": failure(stream=True, error=status) for status in (400, 429, 503)},
            "wrong-key": failure("wrong-key"),
            "limited": failure("limited", "gemini-2.5-pro"),
            "limited-stream": failure("limited", "gemini-2.5-pro", stream=True),
            "disabled": failure("disabled"),
            "told": failure(stream=True, streamErrorAfterFrames=2),
            "cut": failure(stream=True, cutAfterFrames=2),
        },
    },
    sys.stdout,
)
