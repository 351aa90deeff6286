"""Scripts of the shape that the benchmark authors' repository has, in words of our own."""

from __future__ import annotations

from pathlib import Path

from cuewise.interop.checkout import import_prompts
from cuewise.interop.prompts import PromptFile

EXTRACT_MESSAGES = r"""[
        {"role": "system", "content": "You take answers apart."},
        {
            "role": "user",
            "content": f"Split the answer into steps.\n"
                       f"answer: '{entry['model_response']}'\n"
                       "Write {braces} and 100 % plainly, "
                       f"in <step></step> tags, {{like}} this: \"Step 1: ...\"."
        },
    ]"""

JUDGE_MESSAGES = r'''[
                {"role": "system", "content": "You check claims."},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": f"""\
                        Sound: '{entry['audio_clue']}'. \
                        Label: '{entry['ground_truth']}'.

                        Claims: '{entry['step']}'

                        Reply in <score></score> tags."""
                    },
                        *[{"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{b64}"}}
                        for b64 in frame_base64]
                    ]
                }
            ]'''


def extract_script(messages: str = EXTRACT_MESSAGES, *, before: str = "pass", after: str = "pass") -> str:
    """An extraction script around a list of messages."""
    return f"""import argparse
from openai import OpenAI

def process_entry(model, client, entry):
    {before}
    messages = {messages}
    {after}
    for attempt in range(10):
        try:
            response = client.chat.completions.create(
                model=model,
                messages=messages,
                temperature=0.0,
                max_tokens=512
            )
            entry['step'] = response.choices[0].message.content
            return True
        except Exception as e:
            entry['step'] = f"Error: {{str(e)}}"
    return False

raise SystemExit("this file was run")
"""


def judge_script(messages: str = JUDGE_MESSAGES, *, before: str = "pass", after: str = "pass") -> str:
    """A judging script around a list of messages."""
    return f"""import requests

class Analyzer:
    def analyze_video(self, entry):
        video_id = entry["video_id"]
        try:
            frame_base64 = self.extract_key_frames(f"{{video_id}}.mp4")
            if not frame_base64:
                return None
            {before}
            messages = {messages}
            {after}
            payload = {{
                "model": "some-judge-2",
                "messages": messages,
                "temperature": 0,
            }}
            return requests.post("", json=payload).json()["choices"][0]["message"]["content"]
        except Exception as e:
            return None

raise SystemExit("this file was run")
"""


def write_task(root: Path, task: str, extract: str | None = None, judge: str | None = None) -> None:
    """Put both scripts of a task where the authors have them."""
    for folder, file, text in (
        ("extract_step", "extract_step.py", extract_script() if extract is None else extract),
        ("eval_cot", "eval_cot_gpt4o.py", judge_script() if judge is None else judge),
    ):
        path = root / folder / task / "code" / file
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")


def make_prompts(root: Path, *tasks: str) -> PromptFile:
    """The prompts of a made checkout that has these tasks."""
    for task in tasks:
        write_task(root, task)
    return import_prompts(root).prompts
