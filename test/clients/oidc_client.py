"""Fetches a token with authlib and calls a gateway with each SDK; prints what was answered, as JSON.

The environment says where: GATEWAY (URL of the providers, https), TOKEN_ENDPOINT, CLIENT_ID, CLIENT_SECRET, RESOURCE,
SCOPE; SSL_CERT_FILE, REQUESTS_CA_BUNDLE and AWS_CA_BUNDLE name the authority of both.
"""

import json
import os
import sys

import anthropic
import boto3
import openai
from authlib.integrations.requests_client import OAuth2Session
from google import genai
from google.genai import types

GATEWAY = os.environ["GATEWAY"]
HELLO = [{"role": "user", "content": "Say hello."}]


def fetch_token():
    session = OAuth2Session(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"], scope=os.environ["SCOPE"])
    token = session.fetch_token(
        os.environ["TOKEN_ENDPOINT"], grant_type="client_credentials", resource=os.environ["RESOURCE"]
    )
    return token["access_token"]


def with_openai(token):
    chat = openai.OpenAI(api_key=token, base_url=f"{GATEWAY}/openai/v1", max_retries=0).chat.completions
    return {
        "plain": chat.create(model="gpt-4o", messages=HELLO).choices[0].message.content,
        "streamed": "".join(
            chunk.choices[0].delta.content or ""
            for chunk in chat.create(model="gpt-4o", messages=HELLO, stream=True)
            if chunk.choices
        ),
    }


def with_anthropic(token):
    messages = anthropic.Anthropic(api_key=token, base_url=f"{GATEWAY}/anthropic", max_retries=0).messages
    call = {"model": "claude-opus-5", "max_tokens": 100, "messages": HELLO}
    with messages.stream(**call) as stream:
        streamed = "".join(stream.text_stream)
    return {"plain": messages.create(**call).content[0].text, "streamed": streamed}


def with_google(token):
    api = genai.Client(api_key=token, http_options=types.HttpOptions(base_url=f"{GATEWAY}/gemini"))
    call = {"model": "gemini-2.5-flash", "contents": "Say hello."}
    return {
        "plain": api.models.generate_content(**call).text,
        "streamed": "".join(chunk.text or "" for chunk in api.models.generate_content_stream(**call)),
    }


def with_boto3(token):
    os.environ["AWS_BEARER_TOKEN_BEDROCK"] = token
    api = boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url=f"{GATEWAY}/bedrock")
    call = {
        "modelId": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "messages": [{"role": "user", "content": [{"text": "Say hello."}]}],
    }
    events = api.converse_stream(**call)["stream"]
    return {
        "plain": api.converse(**call)["output"]["message"]["content"][0]["text"],
        "streamed": "".join(event.get("contentBlockDelta", {}).get("delta", {}).get("text", "") for event in events),
    }


def refused(token):
    try:
        with_openai(token)
    except openai.AuthenticationError as error:
        return {"status": error.status_code, "code": error.response.headers.get("x-tidegate-error")}
    return None


TOKEN = fetch_token()
json.dump(
    {
        "openai": with_openai(TOKEN),
        "anthropic": with_anthropic(TOKEN),
        "google-genai": with_google(TOKEN),
        "boto3": with_boto3(TOKEN),
        "tampered": refused(TOKEN[:-8] + ("A" * 8)),
    },
    sys.stdout,
)
