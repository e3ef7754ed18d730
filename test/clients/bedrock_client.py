"""Calls a gateway with boto3 and prints what it got, one JSON object for all cases.

The environment says where: GATEWAY (URL of the providers), SECURE_GATEWAY (the same over https), SCENARIO_HEADER (name of the header that tells the upstream
how to behave), APPLICATION_PROFILE (ARN of an inference profile).
"""

import json
import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

GATEWAY = os.environ["GATEWAY"]
SCENARIO = os.environ["SCENARIO_HEADER"]
PROFILE = os.environ["APPLICATION_PROFILE"]
CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
HELLO = {"modelId": CLAUDE, "messages": [{"role": "user", "content": [{"text": "Say hello."}]}]}
CLAUDE_BODY = json.dumps(
    {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "Say hello."}],
    }
)
LLAMA = "meta.llama3-1-8b-instruct-v1:0"


def client(provider="bedrock", service="bedrock-runtime", retries=1, **scenario):
    """boto3 takes a bearer token over https only: over http it signs, and the token has a header of its own."""
    made = boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=f"{GATEWAY}/{provider}",
        aws_access_key_id="AKIACALLER",
        aws_secret_access_key="secret-of-the-caller",
        config=Config(retries={"total_max_attempts": retries, "mode": "standard"}),
    )

    def add_headers(request, **_):
        request.headers["X-Tidegate-Authorization"] = "Bearer token-of-the-caller"
        if scenario:
            request.headers[SCENARIO] = json.dumps(scenario)

    made.meta.events.register(f"before-send.{service}", add_headers)
    return made


def converse_by_token():
    """Over https boto3 takes the token itself, in place of a signature."""
    os.environ["AWS_BEARER_TOKEN_BEDROCK"] = "token-of-the-caller"
    try:
        made = boto3.client(
            "bedrock-runtime", region_name="us-east-1", endpoint_url=f"{os.environ['SECURE_GATEWAY']}/bedrock"
        )
        return made.converse(**HELLO)["stopReason"]
    finally:
        del os.environ["AWS_BEARER_TOKEN_BEDROCK"]


def converse(model=CLAUDE, **more):
    answer = client().converse(**{**HELLO, "modelId": model, **more})
    return {
        "content": answer["output"]["message"]["content"],
        "stop": answer["stopReason"],
        "output": answer["usage"]["outputTokens"],
    }


def converse_stream(model=CLAUDE, **scenario):
    answer = client(**scenario).converse_stream(**{**HELLO, "modelId": model})
    events = list(answer["stream"])
    return {
        "text": "".join(event.get("contentBlockDelta", {}).get("delta", {}).get("text", "") for event in events),
        "output": events[-1]["metadata"]["usage"]["outputTokens"],
    }


def invoke(model, body):
    answer = client().invoke_model(modelId=model, body=body)
    return json.loads(answer["body"].read())


def invoke_stream(model, body, **scenario):
    answer = client(**scenario).invoke_model_with_response_stream(modelId=model, body=body)
    return [json.loads(event["chunk"]["bytes"]) for event in answer["body"]]


def failure(call):
    try:
        call()
    except ClientError as error:
        return {
            "type": type(error).__name__,
            "code": error.response["Error"]["Code"],
            "message": error.response["Error"]["Message"],
            "status": error.response.get("ResponseMetadata", {}).get("HTTPStatusCode"),
            "stream": isinstance(error, EventStreamError),
        }
    return None


WEATHER = {"tools": [{"toolSpec": {"name": "weather", "inputSchema": {"json": {"type": "object"}}}}]}
IMAGE = {"image": {"format": "png", "source": {"bytes": b"image bytes " * 50_000}}}

results = {
    "converse": converse(),
    "converse_by_token": converse_by_token(),
    "converse_by_arn": converse(PROFILE),
    "converse_stream": converse_stream(),
    "converse_stream_by_arn": converse_stream(PROFILE),
    "tool": converse(toolConfig=WEATHER),
    "image": converse(messages=[{"role": "user", "content": [{"text": "What is this?"}, IMAGE]}]),
    "invoke_claude": invoke(CLAUDE, CLAUDE_BODY)["content"][0]["text"],
    "invoke_llama": invoke(LLAMA, json.dumps({"prompt": "Hello"}))["generation"],
    "invoke_stream": len(invoke_stream(CLAUDE, CLAUDE_BODY)),
    "odd_pieces": converse_stream(chunkBytes=1),
    "count_tokens": client().count_tokens(modelId=CLAUDE, input={"converse": {"messages": HELLO["messages"]}})[
        "inputTokens"
    ],
    "profiles": [
        summary["inferenceProfileId"]
        for summary in client("limited", "bedrock").list_inference_profiles()["inferenceProfileSummaries"]
    ],
    "models": len(client(service="bedrock").list_foundation_models()["modelSummaries"]),
    "failures": {
        **{str(status): failure(lambda s=status: client(error=s).converse(**HELLO)) for status in (400, 403, 404, 429, 503)},
        "wrong-key": failure(lambda: client("wrong-key").converse(**HELLO)),
        "limited": failure(lambda: client("limited").converse(**{**HELLO, "modelId": LLAMA})),
        "disabled": failure(lambda: client("disabled").converse(**HELLO)),
        "exception": failure(lambda: converse_stream(streamErrorAfterFrames=2)),
        "invoke_exception": failure(lambda: invoke_stream(CLAUDE, CLAUDE_BODY, streamErrorAfterFrames=2)),
        "broken_stream": failure(lambda: converse_stream(cutAfterFrames=3)),
    },
    "retried": failure(lambda: client(retries=3, error=429).converse(**HELLO)),
}
json.dump(results, sys.stdout)
