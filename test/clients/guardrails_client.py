"""Asks models through a gateway with Guardrails, with the SDKs for Python, and prints what it heard as one JSON object.

The environment says where: GATEWAY (URL of the providers), SCENARIO_HEADER (name of the header that tells the upstream
what to say), CASES (JSON: what it is to say, by name), PROMPT_BLOCKED (a prompt that is blocked).
"""

import json
import os
import sys

import anthropic
import boto3
import openai
from botocore.config import Config
from botocore.exceptions import ClientError
from google import genai
from google.genai import errors, types

GATEWAY = os.environ["GATEWAY"]
SCENARIO = os.environ["SCENARIO_HEADER"]
CASES = json.loads(os.environ["CASES"])
CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"


def doing(scenario):
    return {SCENARIO: json.dumps(scenario)}


def heard(text, tools, stop, *everything):
    return {"text": text, "tools": tools, "stop": stop, "everything": repr(everything)}


def openai_client():
    return openai.OpenAI(api_key="token-of-the-caller", base_url=f"{GATEWAY}/guarded-openai/v1", max_retries=0)


def chat_heard(choice, *more):
    calls = choice.message.tool_calls or []
    tools = [json.loads(call.function.arguments) for call in calls if call.function.arguments]
    return heard(choice.message.content or "", tools, choice.finish_reason, choice, *more)


def chat_request(prompt, scenario):
    return {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": prompt}],
        "extra_headers": doing(scenario),
    }


def chat(prompt, scenario):
    return chat_heard(openai_client().chat.completions.create(**chat_request(prompt, scenario)).choices[0])


def chat_stream(prompt, scenario):
    """The helper has an error of its own for answers that were filtered, as with OpenAI itself: those are read by hand."""
    request = chat_request(prompt, scenario)
    try:
        with openai_client().chat.completions.stream(**request) as stream:
            events = list(stream)
            return chat_heard(stream.get_final_completion().choices[0], events)
    except openai.ContentFilterFinishReasonError:
        chunks = list(openai_client().chat.completions.create(**request, stream=True))
        choices = [choice for chunk in chunks for choice in chunk.choices]
        text = "".join(choice.delta.content or "" for choice in choices)
        calls = [call for choice in choices for call in choice.delta.tool_calls or []]
        arguments = "".join(call.function.arguments or "" for call in calls)
        return heard(text, [json.loads(arguments)] if arguments else [], choices[-1].finish_reason, chunks)


def response_heard(response, *more):
    tools = [json.loads(item.arguments) for item in response.output if item.type == "function_call" and item.arguments]
    stop = response.incomplete_details.reason if response.incomplete_details else response.status
    return heard(response.output_text, tools, stop, response, *more)


def responses(prompt, scenario):
    return response_heard(
        openai_client().responses.create(model="gpt-5", input=prompt, extra_headers=doing(scenario))
    )


def responses_stream(prompt, scenario):
    call = {"model": "gpt-5", "input": prompt, "extra_headers": doing(scenario)}
    with openai_client().responses.stream(**call) as stream:
        events = list(stream)
    return response_heard(events[-1].response, events)


def messages_request(prompt, scenario):
    return {
        "model": "claude-opus-5",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": prompt}],
        "extra_headers": doing(scenario),
    }


def message_heard(message, *more):
    text = "".join(block.text for block in message.content if block.type == "text")
    tools = [block.input for block in message.content if block.type == "tool_use"]
    return heard(text, tools, message.stop_reason, message, *more)


def anthropic_client():
    return anthropic.Anthropic(api_key="token-of-the-caller", base_url=f"{GATEWAY}/guarded-anthropic", max_retries=0)


def messages(prompt, scenario):
    return message_heard(anthropic_client().messages.create(**messages_request(prompt, scenario)))


def messages_stream(prompt, scenario):
    with anthropic_client().messages.stream(**messages_request(prompt, scenario)) as stream:
        events = list(stream)
        return message_heard(stream.get_final_message(), events)


def gemini_call(prompt, scenario):
    options = types.HttpOptions(base_url=f"{GATEWAY}/guarded-google", headers=doing(scenario))
    client = genai.Client(api_key="token-of-the-caller", http_options=options)
    return client, {"model": "gemini-2.5-flash", "contents": prompt}


def gemini_heard(answers):
    candidates = [candidate for answer in answers for candidate in answer.candidates or []]
    parts = [part for one in candidates if one.content for part in one.content.parts or []]
    tools = [part.function_call.args for part in parts if part.function_call]
    stop = candidates[-1].finish_reason.value if candidates[-1].finish_reason else None
    return heard("".join(part.text or "" for part in parts), tools, stop, answers)


def gemini(prompt, scenario):
    client, call = gemini_call(prompt, scenario)
    return gemini_heard([client.models.generate_content(**call)])


def gemini_stream(prompt, scenario):
    client, call = gemini_call(prompt, scenario)
    return gemini_heard(list(client.models.generate_content_stream(**call)))


def bedrock_client(scenario):
    """boto3 takes a bearer token over https only: over http it signs, and the token has a header of its own."""
    made = boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=f"{GATEWAY}/guarded-bedrock",
        aws_access_key_id="AKIACALLER",
        aws_secret_access_key="secret-of-the-caller",
        config=Config(retries={"total_max_attempts": 1, "mode": "standard"}),
    )

    def add_headers(request, **_):
        request.headers["X-Tidegate-Authorization"] = "Bearer token-of-the-caller"
        request.headers[SCENARIO] = json.dumps(scenario)

    made.meta.events.register("before-send.bedrock-runtime", add_headers)
    return made


def converse_call(prompt):
    return {"modelId": CLAUDE, "messages": [{"role": "user", "content": [{"text": prompt}]}]}


def converse(prompt, scenario):
    answer = bedrock_client(scenario).converse(**converse_call(prompt))
    content = answer["output"]["message"]["content"]
    tools = [block["toolUse"]["input"] for block in content if "toolUse" in block]
    return heard("".join(block.get("text", "") for block in content), tools, answer["stopReason"], content)


def converse_stream(prompt, scenario):
    events = list(bedrock_client(scenario).converse_stream(**converse_call(prompt))["stream"])
    deltas = [event["contentBlockDelta"] for event in events if "contentBlockDelta" in event]
    arguments = {}
    for delta in deltas:
        if "toolUse" in delta["delta"]:
            index = delta["contentBlockIndex"]
            arguments[index] = arguments.get(index, "") + delta["delta"]["toolUse"]["input"]
    stop = [event["messageStop"]["stopReason"] for event in events if "messageStop" in event]
    text = "".join(delta["delta"].get("text", "") for delta in deltas)
    return heard(text, [json.loads(value) for value in arguments.values() if value], stop[-1], events)


def claude_body(prompt):
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 100}
    return json.dumps({**body, "messages": [{"role": "user", "content": prompt}]})


def invoke(prompt, scenario):
    answer = bedrock_client(scenario).invoke_model(modelId=CLAUDE, body=claude_body(prompt))
    return message_heard(anthropic.types.Message.model_validate(json.loads(answer["body"].read())))


def invoke_stream(prompt, scenario):
    """What the chunks say, put together by index as Anthropic's SDK does it."""
    answer = bedrock_client(scenario).invoke_model_with_response_stream(modelId=CLAUDE, body=claude_body(prompt))
    chunks = [json.loads(event["chunk"]["bytes"]) for event in answer["body"]]
    deltas = [(chunk["index"], chunk["delta"]) for chunk in chunks if chunk["type"] == "content_block_delta"]
    arguments = {}
    for index, delta in deltas:
        if delta["type"] == "input_json_delta":
            arguments[index] = arguments.get(index, "") + delta["partial_json"]
    stop = [chunk["delta"]["stop_reason"] for chunk in chunks if chunk["type"] == "message_delta"]
    text = "".join(delta["text"] for _, delta in deltas if delta["type"] == "text_delta")
    return heard(text, [json.loads(value) for value in arguments.values() if value], stop[-1], chunks)


WAYS = {
    "chat completions": chat,
    "chat completions, streamed": chat_stream,
    "responses": responses,
    "responses, streamed": responses_stream,
    "messages": messages,
    "messages, streamed": messages_stream,
    "generateContent": gemini,
    "generateContentStream": gemini_stream,
    "Converse": converse,
    "ConverseStream": converse_stream,
    "InvokeModel, Claude": invoke,
    "InvokeModelWithResponseStream, Claude": invoke_stream,
}


def outcome(call):
    """What was heard, or how the SDK failed: a parse error is one, too."""
    try:
        return call()
    except ClientError as error:
        answer = error.response
        code = answer["Error"]["Code"]
        return {"failure": code, "status": answer["ResponseMetadata"]["HTTPStatusCode"], "message": str(error)}
    except (openai.APIStatusError, anthropic.APIStatusError) as error:
        return {"failure": type(error).__name__, "status": error.status_code, "message": str(error)}
    except errors.APIError as error:
        return {"failure": type(error).__name__, "status": error.code, "message": str(error)}
    except Exception as error:  # noqa: BLE001
        return {"failure": type(error).__name__, "status": None, "message": str(error)}


json.dump(
    {
        name: {
            **{case: outcome(lambda s=scenario, ask=ask: ask("Go on.", s)) for case, scenario in CASES.items()},
            "refused": outcome(lambda ask=ask: ask(os.environ["PROMPT_BLOCKED"], {})),
        }
        for name, ask in WAYS.items()
    },
    sys.stdout,
)
