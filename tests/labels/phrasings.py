"""A grammar of answers, with the labels that a person would read in them.

It shares nothing with the reader: its words and sentences were written for it, and it never looks at `taxonomy.toml`.
Every answer comes with what it means, so that readings can be counted right or wrong.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cuewise.records import LabelStatus

ACTOR = ("Anger", "Sadness", "Surprise", "Happiness", "Excited", "Fear", "Frustration", "Neutral", "Other")
SERIES = ("surprised", "happy", "sad", "angry", "sarcastic", "shy", "scared", "disgusted")
NOISY = ("happy", "neutral", "angry", "surprise", "sad", "worried")
FILM: tuple[str, ...] = (
    "disappointment",
    "disgust",
    "fear",
    "sadness",
    "contempt",
    "anxiety",
    "helplessness",
)
FILM += ("happiness", "neutral", "anger", "surprise")
SITCOM = ("neutral", "surprise", "joy", "disgust", "anger", "fear", "sadness")
BODY: tuple[str, ...] = (
    "Excitement",
    "Engagement",
    "Fatigue",
    "Disquietment",
    "Anticipation",
    "Fear",
    "Affection",
    "Confidence",
)
BODY += (
    "Happiness",
    "Disconnection",
    "Annoyance",
    "Pain",
    "Sympathy",
    "Embarrassment",
    "Suffering",
    "Pleasure",
)
BODY += ("Sadness", "Sensitivity", "Peace", "Anger", "Esteem", "Doubt/Confusion", "Disapproval", "Surprise")
BODY += ("Aversion", "Yearning")
OPINION = ("happy", "fear", "disgust", "anger", "sad", "surprise")
POLARITY = ("neutral", "positive", "negative")
SCALE: tuple[str, ...] = ("very strong negative", "strong negative", "negative", "weak negative", "neutral")
SCALE += ("weak positive", "positive", "strong positive", "very strong positive")
INTENTS: tuple[str, ...] = (
    "neutral",
    "questioning",
    "consoling",
    "suggesting",
    "encouraging",
    "agreeing",
    "wishing",
)
INTENTS += ("acknowledging",)

# What people write for a label, beside its own spelling: nouns, adjectives, or either.
NOUNS: Mapping[str, Sequence[str]] = {
    "anger": ("anger", "fury", "rage"),
    "sadness": ("sadness", "sorrow", "grief"),
    "happiness": ("happiness", "joy", "delight"),
    "fear": ("fear", "terror", "fright"),
    "surprise": ("surprise", "astonishment", "amazement"),
    "disgust": ("disgust", "revulsion"),
    "contempt": ("contempt", "scorn", "disdain"),
    "excitement": ("excitement", "enthusiasm"),
    "frustration": ("frustration",),
    "neutral": ("neutral",),
    "anxiety": ("anxiety", "worry", "nervousness"),
    "disappointment": ("disappointment",),
    "helplessness": ("helplessness", "powerlessness"),
    "sarcasm": ("sarcasm", "mockery"),
    "shyness": ("shyness", "bashfulness"),
}
ADJECTIVES: Mapping[str, Sequence[str]] = {
    "anger": ("angry", "furious", "irate", "enraged"),
    "sadness": ("sad", "sorrowful", "unhappy"),
    "happiness": ("happy", "joyful", "cheerful", "glad"),
    "fear": ("scared", "afraid", "frightened", "fearful", "terrified"),
    "surprise": ("surprised", "astonished", "amazed"),
    "disgust": ("disgusted", "revolted"),
    "contempt": ("contemptuous", "scornful"),
    "excitement": ("excited", "thrilled"),
    "frustration": ("frustrated",),
    "neutral": ("neutral", "emotionless"),
    "anxiety": ("anxious", "worried", "nervous"),
    "disappointment": ("disappointed",),
    "helplessness": ("helpless", "powerless"),
    "sarcasm": ("sarcastic", "ironic"),
    "shyness": ("shy", "bashful"),
}
CHINESE: Mapping[str, Sequence[str]] = {
    "anger": ("愤怒", "生气", "憤怒"),
    "sadness": ("悲伤", "难过", "伤心", "悲傷"),
    "happiness": ("高兴", "开心", "快乐", "高興"),
    "fear": ("恐惧", "害怕", "恐懼"),
    "surprise": ("惊讶", "吃惊", "驚訝"),
    "disgust": ("厌恶", "厭惡"),
    "neutral": ("中性",),
    "anxiety": ("焦虑", "担忧", "担心"),
    "contempt": ("轻蔑",),
    "disappointment": ("失望",),
    "helplessness": ("无助",),
    "shyness": ("害羞",),
    "sarcasm": ("讽刺",),
}
# Which meaning of the lists above a label has.
MEANT: Mapping[str, str] = {
    "angry": "anger", "sad": "sadness", "happy": "happiness", "joy": "happiness", "scared": "fear",
    "surprised": "surprise", "disgusted": "disgust", "excited": "excitement", "worried": "anxiety",
    "sarcastic": "sarcasm", "shy": "shyness",
}  # fmt: skip
OUTSIDE_NOUNS = ("jealousy", "guilt", "pride", "nostalgia", "loneliness", "gratitude", "relief")
OUTSIDE_ADJECTIVES = ("jealous", "guilty", "proud", "nostalgic", "lonely", "grateful", "relieved")


@dataclass(frozen=True)
class Phrasing:
    """An answer and what it means."""

    text: str
    label_set: tuple[str, ...]
    labels: tuple[str, ...]
    status: LabelStatus
    multi_label: bool = False


def meaning(label: str) -> str:
    return MEANT.get(label.lower(), label.lower())


# --- single emotions -------------------------------------------------------------------------------

_REASONS = (
    "The brows are raised and the mouth is open.",
    "Her voice is loud and quick, with a rising pitch.",
    "At first glance the face might suggest {o}, but the voice does not fit that.",
    "There is a brief smile at 1.2 s, followed by a long pause.",
    "The speaker says that he will be back, which others could take for {o}.",
    "He leans forward and clenches his fists.",
    "One might think of {o}, yet the shoulders are relaxed.",
    "The words alone leave the question open.",
    "Could this be {o}?",
    "A friend in the background looks {oa}.",
    "The music swells in the middle of the clip.",
    "The speaker talks about a {oa} memory.",
)
# {n} noun and {a} adjective of the truth, {o}/{oa} of another candidate, {p}/{pa} of a third.
_STATED = (
    "Final answer: {n}", "**Final Answer:** {n}", "The final answer is **{n}**.", "Answer: {a}", "Label: {a}",
    "Emotion: {n}.", "The emotion is {n}.", "The dominant emotion in this clip is clearly {n}.",
    "The emotion that the person expresses is {n}.", "Therefore, the emotion is {n}.", "Final label: {n}",
    "The most fitting label is {n}.", "I would choose {n} over {o}.", "I would choose {n} rather than {o}.",
    "The emotion is {n} rather than {o}.", "The emotion is not {o} but {n}.", "The emotion isn't {o}; it is {n}.",
    "The emotion is more {a} than {oa}.", "The emotion is {n}, not {o}.", "My answer is {n}.", "I choose {n}.",
    "I'd go with {n}.", "I would label this as {n}.", "This is best described as {n}.",
    "In conclusion, the person is {a}.", "Overall, she seems {a}.", "Thus the speaker feels {a}.",
    "Taken together, these cues show that he is {a}.", "\\boxed{{{n}}}", "$\\boxed{{\\text{{{n}}}}}$",
    '{{"emotion": "{n}"}}', '{{"label": "{a}", "confidence": 0.8}}', '{{"reasoning": "not {oa}", "answer": "{a}"}}',
    '```json\n{{"final_answer": "{n}"}}\n```', "Final answer: 3) {n}", "Answer: (B) {a}", "Label: {n}.",
    "<answer>{n}</answer>", "## Final answer\n\n**{n}**", "Final answer:\n- {n}", "Final emotion: {n}",
    "The emotion is {n} because the brows are drawn together.", "The emotion is {n}, as shown by her gaze.",
    "Neither {oa} nor {pa}: the emotion is {n}.", "Final answer: {o}. Wait, let me reconsider. Final answer: {n}",
    "Emotion: {o}. On second thought, the emotion is {n}.", "{o} can be ruled out. The emotion is {n}.",
    "{o} and {p} are unlikely. The label is {n}.", "The emotion is {n}. {o} does not fit.",
    "Step 4: The final label is {n}.", "The predicted emotion is: {n}", "Conclusion: {n}", "Prediction = {n}",
    "The person is experiencing {n}, so the label is {n}.", "The final answer is {n} (and not {o}).",
    "The emotion is anything but {oa}: the emotion is {n}.", "The emotion is {n} instead of {o}.",
    "<score>1/1</score>\nFinal answer: {n}", "Final answer: {n}\n<step>1</step>", "The emotion is less {oa} than {a}.",
)  # fmt: skip
_BARE = ("{n}", "{n}.", "**{n}**", "{a}", "The person is {a}.", "She looks {a}.", "He is not {oa} but {a}.")
_SEVERAL = (
    "Final answer: {n} or {o}", "The emotion is either {n} or {o}.", "Emotion: {n}/{o}", "Answer: {n}, {o}",
    "The emotion is {n} and {o}.", "The emotion lies between {n} and {o}.", "Label: {n} or possibly {o}",
    "The person is {a} or {oa}.", "The final answer could be {n} or {o}.",
)  # fmt: skip
_OUTSIDE = (
    "Final answer: {x}", "The emotion is {x}.", "Emotion: {x}", "Label: {xa}", "Final label: {xa}",
    "{x}", "My answer is {x}.", "\\boxed{{{x}}}", "I would choose {x}.", "The final answer is {x}, not {o}.",
    "The emotion is not {o} but {x}.",
)  # fmt: skip
_REFUSED = (
    "I'm sorry, but I can't identify the emotion of a person in a video.",
    "I cannot determine the emotion of this person.",
    "As an AI model, I am unable to watch videos.",
    "I apologize, but I am not able to analyze this clip.",
    "I can't tell whether this is {o} or {p}.",
    "Sorry, I can't help with that.",
    "Unable to determine the emotion.",
)
_UNREADABLE = (
    "B",
    "None",
    "None of the above.",
    "N/A",
    "The person is in a room.",
    "Option 3",
    "42",
    "...",
    "Not {oa}.",
)


def _words(rng: random.Random, label: str, label_set: Sequence[str]) -> tuple[str, str]:
    """A noun and an adjective for one of the labels in the set; the label's own spelling in a third of cases."""
    key = meaning(label)
    if label == "Other" or rng.random() < 1 / 3:
        return label, label if label == "Other" else rng.choice(ADJECTIVES[key])
    assert sum(meaning(other) == key for other in label_set) == 1
    return rng.choice(NOUNS[key]), rng.choice(ADJECTIVES[key])


def single_emotions(seed: int = 1, count: int = 1200) -> Iterator[Phrasing]:
    rng = random.Random(seed)
    sets = (ACTOR, SERIES, NOISY, FILM, SITCOM)
    for index in range(count):
        label_set = sets[index % len(sets)]
        gold, other, third = rng.sample([label for label in label_set if label != "Other"], 3)
        n, a = _words(rng, gold, label_set)
        o, oa = _words(rng, other, label_set)
        p, pa = _words(rng, third, label_set)
        at = rng.randrange(len(OUTSIDE_NOUNS))
        words = {"n": n, "a": a, "o": o, "oa": oa, "p": p, "pa": pa}
        words |= {"x": OUTSIDE_NOUNS[at], "xa": OUTSIDE_ADJECTIVES[at]}
        reasons = [text.format(**words) for text in rng.sample(_REASONS, rng.randint(0, 3))]
        draw = rng.random()
        if draw < 0.7:
            text = _laid_out(rng, reasons, rng.choice(_STATED).format(**words))
            yield Phrasing(text, label_set, (gold,), LabelStatus.MATCHED)
        elif draw < 0.78:
            yield Phrasing(rng.choice(_BARE).format(**words), label_set, (gold,), LabelStatus.MATCHED)
        elif draw < 0.86:
            text = _laid_out(rng, reasons, rng.choice(_SEVERAL).format(**words))
            yield Phrasing(text, label_set, (gold, other), LabelStatus.SEVERAL)
        elif draw < 0.93:
            text = _laid_out(rng, reasons, rng.choice(_OUTSIDE).format(**words))
            yield Phrasing(text, label_set, (), LabelStatus.OUTSIDE)
        elif draw < 0.97:
            yield Phrasing(rng.choice(_REFUSED).format(**words), label_set, (), LabelStatus.REFUSED)
        else:
            yield Phrasing(rng.choice(_UNREADABLE).format(**words), label_set, (), LabelStatus.NONE)


def _laid_out(rng: random.Random, reasons: Sequence[str], statement: str) -> str:
    style = rng.randrange(4)
    if style == 0 or not reasons:
        return "\n".join([*reasons, statement])
    if style == 1:
        lines = [f"{number}. {reason}" for number, reason in enumerate(reasons, 1)]
        return "\n".join([*lines, "", statement])
    if style == 2:
        return "\n\n".join([*(f"- **Cue:** {reason}" for reason in reasons), statement])
    thought = rng.choice(("Maybe it is all an act.", "Let me see."))
    return "\n".join([f"<think>{thought}</think>", *reasons, statement])


# --- several emotions at once ----------------------------------------------------------------------

_BODY_WORDS: Mapping[str, Sequence[str]] = {
    "Excitement": ("excitement", "excited"), "Engagement": ("engagement", "engaged"),
    "Fatigue": ("fatigue", "tiredness", "exhaustion"), "Disquietment": ("disquietment", "uneasiness"),
    "Anticipation": ("anticipation",), "Fear": ("fear", "fright"), "Affection": ("affection", "tenderness"),
    "Confidence": ("confidence", "confident"), "Happiness": ("happiness", "joy", "happy"),
    "Disconnection": ("disconnection", "boredom", "indifference"), "Annoyance": ("annoyance", "irritation"),
    "Pain": ("pain",), "Sympathy": ("sympathy", "compassion"), "Embarrassment": ("embarrassment",),
    "Suffering": ("suffering", "anguish"), "Pleasure": ("pleasure", "enjoyment"), "Sadness": ("sadness", "sorrow"),
    "Sensitivity": ("sensitivity", "vulnerability"), "Peace": ("peace", "calmness"), "Anger": ("anger", "rage"),
    "Esteem": ("esteem", "admiration"), "Doubt/Confusion": ("doubt/confusion", "confusion", "doubt"),
    "Disapproval": ("disapproval",), "Surprise": ("surprise", "astonishment"), "Aversion": ("aversion", "dislike"),
    "Yearning": ("yearning", "longing"),
}  # fmt: skip
_LISTS = (
    "Final answer: {list}", "Labels: {list}", "The emotions are {list}.", "Emotions: {list}", "Final labels: {list}",
    "The person expresses several emotions: the labels are {list}.", "Therefore, the emotions shown are {list}.",
    "Final answer:\n{lines}", "**Final labels:**\n\n{lines}", '{{"labels": [{quoted}]}}', '{{"emotions": [{quoted}]}}',
    "I would choose {list}.", "The emotions are {list}, not {o}.", "The emotions are {list} rather than {o}.",
    "Not {o}. The emotions are {list}.", "Final answer: {list}. {o} can be ruled out.", "\\boxed{{{list}}}",
    "The emotions are {list} because the shoulders drop.", "{list}", "{lines}", "My final answer is {list}.",
    "Final answer: {o}. Let me reconsider. Final answer: {list}",
)  # fmt: skip


def several_emotions(seed: int = 2, count: int = 900) -> Iterator[Phrasing]:
    rng = random.Random(seed)
    film = tuple(label for label in FILM if label != "neutral")
    for index in range(count):
        label_set = (BODY, film, OPINION)[index % 3]
        labels = rng.sample(label_set, rng.randint(2, 5))
        other = labels.pop()
        words = [_any_word(rng, label) for label in labels]
        joint = rng.choice((", ", "; ", " and ", " & ")) if len(words) < 3 else rng.choice((", ", "; "))
        text = joint.join(words)
        if len(words) > 2 and rng.random() < 0.5:
            text = f"{', '.join(words[:-1])}, and {words[-1]}"
        filled = rng.choice(_LISTS).format(
            list=text,
            lines="\n".join(f"- {word}" for word in words),
            quoted=", ".join(f'"{word}"' for word in words),
            o=_any_word(rng, other),
        )
        reasons = ["The head is lowered.", "The arms are crossed tightly.", "A hand covers the mouth."]
        text = "\n".join([*rng.sample(reasons, rng.randint(0, 2)), filled])
        yield Phrasing(text, label_set, tuple(labels), LabelStatus.MATCHED, multi_label=True)


def _any_word(rng: random.Random, label: str) -> str:
    if label in _BODY_WORDS:
        return rng.choice(_BODY_WORDS[label])
    return rng.choice((label, rng.choice(NOUNS[meaning(label)])))


# --- sentiments ------------------------------------------------------------------------------------

_SENTIMENT = (
    "Sentiment: {w}",
    "The sentiment is {w}.",
    "The speaker's sentiment is {w}.",
    "Final answer: {w}",
    "{w}",
    "Overall, the sentiment is {w}.",
    "The overall sentiment of the clip is {w}.",
    "Label: {w}",
    "Final label: **{w}**",
    '{{"sentiment": "{w}"}}',
    '{{"reasoning": "The tone is hardly {o}.", "sentiment": "{w}"}}',
    "I would classify this as {w}.",
    "The sentiment is {w} rather than {o}.",
    "The sentiment is not {o} but {w}.",
    "The sentiment isn't {o}; it is {w}.",
    "The speaker conveys a {w} sentiment.",
    "Therefore, the sentiment is {w}.",
    "In summary, the speaker's attitude is {w}.",
    "Final answer: {o}. Wait, I take that back. Final answer: {w}",
    "I would choose {w} over {o}.",
    "\\boxed{{{w}}}",
    "The sentiment is {w} because she praises the plot.",
    "The words sound {o} at times. The sentiment is {w}.",
    "Final sentiment: {w}",
    "The sentiment is {w}, not {o}.",
    "The options are {o} and {w}. The sentiment is {w}.",
    "The tone is flat.\nAnswer: {w}",
    "<score>0/1</score> The sentiment is {w}.",
    "The answer is {w}.",
)
_DEGREES: Mapping[int, Sequence[str]] = {
    2: ("very strong {p}", "very strongly {p}", "extremely {p}", "Very Strong {p}"),
    1: ("strong {p}", "strongly {p}", "Strong {p}"),
    0: ("{p}", "moderately {p}"),
    -1: ("weak {p}", "weakly {p}", "slightly {p}", "mildly {p}", "a little {p}"),
}
_VAGUE = ("very {p}", "highly {p}", "quite {p}", "rather {p}", "somewhat {p}", "intensely {p}")


def sentiments(seed: int = 3, count: int = 1200) -> Iterator[Phrasing]:
    rng = random.Random(seed)
    for _ in range(count):
        gold, other = rng.sample(POLARITY, 2)
        word = gold
        if gold != "neutral" and rng.random() < 0.4:
            word = rng.choice([*_DEGREES[rng.choice((2, 1, 0, -1))], *_VAGUE]).format(p=gold)
        if rng.random() < 0.08:
            text = rng.choice(
                ("The sentiment is {w} or {o}.", "Final answer: {w}/{o}", "Sentiment: {w}, {o}")
            )
            text = text.format(w=gold, o=other)
            yield Phrasing(text, POLARITY, (gold, other), LabelStatus.SEVERAL)
            continue
        text = rng.choice(_SENTIMENT).format(w=word, o=other)
        yield Phrasing(text, POLARITY, (gold,), LabelStatus.MATCHED)


def degrees(seed: int = 4, count: int = 700) -> Iterator[Phrasing]:
    rng = random.Random(seed)
    for _ in range(count):
        polarity, opposite = rng.sample(("positive", "negative"), 2)
        degree = rng.choice((2, 1, 0, -1))
        word = rng.choice(_DEGREES[degree]).format(p=polarity)
        label = {2: f"very strong {polarity}", 1: f"strong {polarity}", 0: polarity, -1: f"weak {polarity}"}[
            degree
        ]
        if rng.random() < 0.1:
            word = label = "neutral"
        draw = rng.random()
        if draw < 0.08:
            vague = rng.choice(("very {p}", "highly {p}", "intensely {p}")).format(p=polarity)
            text = rng.choice(_SENTIMENT[:5]).format(w=vague, o=opposite)
            meant = tuple(
                label for label in SCALE if label in {f"strong {polarity}", f"very strong {polarity}"}
            )
            yield Phrasing(text, SCALE, meant, LabelStatus.SEVERAL)
        elif draw < 0.16:
            pair = f"weak {polarity}"
            text = rng.choice(("The sentiment is {w} or {o}.", "Sentiment: {w} to {o}", "{w} / {o}"))
            text = text.format(w="neutral", o=rng.choice((pair, f"slightly {polarity}")))
            yield Phrasing(text, SCALE, ("neutral", pair), LabelStatus.SEVERAL)
        else:
            text = rng.choice(_SENTIMENT).format(w=word, o=rng.choice((opposite, f"strongly {opposite}")))
            yield Phrasing(text, SCALE, (label,), LabelStatus.MATCHED)


# --- intents ---------------------------------------------------------------------------------------

_INTENT_WORDS: Mapping[str, Sequence[str]] = {
    "neutral": ("neutral",),
    "questioning": (
        "questioning",
        "asking a question",
        "to ask a question",
        "inquiring",
        "asking about the plan",
    ),
    "consoling": ("consoling", "comforting", "to console her friend", "to comfort him", "consolation"),
    "suggesting": (
        "suggesting",
        "suggestion",
        "to suggest a plan",
        "giving advice",
        "to make a suggestion",
        "advising",
    ),
    "encouraging": ("encouraging", "encouragement", "to encourage him", "giving encouragement"),
    "agreeing": ("agreeing", "agreement", "to agree with her"),
    "wishing": ("wishing", "to wish him luck", "congratulating", "to wish them well"),
    "acknowledging": ("acknowledging", "acknowledgment", "to acknowledge the help"),
}
_INTENT = (
    "Intent: {w}", "The intent is {w}.", "The speaker's intent is {w}.", "Final answer: {w}", "The intention is {w}.",
    "Therefore, the intent is {w}.", "Final intent: {w}", "The intent of the speaker is {w}.", "Label: {w}",
    "The intent is {w} rather than {o}.", "The intent is not {o} but {w}.", "The speaker's main intention is {w}.",
    '{{"intent": "{w}"}}', '{{"label": "{w}"}}', "I would label the intent as {w}.", "The most likely intent is {w}.",
    "She asks where he was.\nThe intent is {w}.", "He nods, suggesting that he listens. The intent is {w}.",
    "The question is how she means it. The intent is {w}.", "I wish the voice were louder. The intent is {w}.",
    "I agree that the words are few. The intent is {w}.", "The intent is {w}, because she pats his arm.",
    "Final answer: {w}. {o} can be ruled out.", "The intent isn't {o}; the intent is {w}.",
)  # fmt: skip


def intents(seed: int = 5, count: int = 600) -> Iterator[Phrasing]:
    rng = random.Random(seed)
    for _ in range(count):
        gold, other = rng.sample(INTENTS, 2)
        draw = rng.random()
        if draw < 0.06:
            text = rng.choice(("The intent is {w} or {o}.", "Intent: {w} / {o}")).format(w=gold, o=other)
            yield Phrasing(text, INTENTS, (gold, other), LabelStatus.SEVERAL)
        elif draw < 0.12:
            word = rng.choice(
                ("apologizing", "complaining", "to complain about the food", "refusing", "joking")
            )
            text = rng.choice(_INTENT[:10]).format(w=word, o=other)
            yield Phrasing(text, INTENTS, (), LabelStatus.OUTSIDE)
        else:
            text = rng.choice(_INTENT).format(w=rng.choice(_INTENT_WORDS[gold]), o=other)
            yield Phrasing(text, INTENTS, (gold,), LabelStatus.MATCHED)


# --- Chinese ---------------------------------------------------------------------------------------

_CHINESE = (
    "最终答案：{w}",
    "最终答案是{w}。",
    "答案：{w}",
    "答案是{w}",
    "情绪：{w}",
    "她的情绪是{w}。",
    "这个人的情绪是{w}。",
    "因此，他的情绪是{w}。",
    "综上所述，情绪为{w}。",
    "最终标签：{w}",
    "我选择{w}。",
    "情绪不是{o}，而是{w}。",
    "情绪是{w}，而不是{o}。",
    "她并没有{o}，她的情绪是{w}。",
    "他看起来并不{o}。最终答案：{w}",
    "眉毛紧锁，声音很大。\n最终答案：{w}",
    "虽然她提到了{o}，但情绪是{w}。",
    "1. 她低着头。\n2. 声音颤抖。\n情绪：{w}",
    "标签：{w}",
    "{w}",
    "{w}。",
    "**{w}**",
    "最可能的情绪是{w}。",
    "人物的主要情绪是{w}，因为她的声音很低。",
    "这里的情感是{w}。",
    "<think>也许是{o}</think>{w}",
    "答案是{o}。不对，重新考虑一下。答案是{w}。",
    "所以，情绪是{w}。",
    '{{"情绪": "{w}"}}',
    '{{"emotion": "{w}"}}',
    "可以排除{o}。情绪是{w}。",
    "最後答案：{w}",
    "说话者表达的是{w}。",
    "Final answer: {w}",
    "The emotion is {w}.",
)
_CHINESE_SEVERAL = ("情绪是{w}或{o}。", "最终答案：{w}或者{o}", "答案：{w}、{o}", "情绪是{w}和{o}。")
_CHINESE_SENTIMENTS: Mapping[str, Sequence[str]] = {
    "positive": ("积极", "正面", "积极的", "正面的情感"),
    "negative": ("消极", "负面", "消极的", "負面"),
    "neutral": ("中性", "中立", "中性的"),
}
_CHINESE_INTENTS: Mapping[str, Sequence[str]] = {
    "questioning": ("询问", "提问", "詢問"), "consoling": ("安慰", "安抚"), "suggesting": ("建议", "提议", "建議"),
    "encouraging": ("鼓励", "鼓勵"), "agreeing": ("同意", "赞同"), "wishing": ("祝愿", "祝福"),
    "acknowledging": ("认可", "承认"), "neutral": ("中性",),
}  # fmt: skip
_CHINESE_DEGREES: Mapping[str, Sequence[str]] = {
    "weak": ("轻微", "略微", "有点", "稍微"),
    "strong": ("强烈",),
    "very strong": ("非常强烈的", "极其", "极度"),
    "": ("",),
}


def chinese(seed: int = 6, count: int = 900) -> Iterator[Phrasing]:
    rng = random.Random(seed)
    sets = (NOISY, SERIES, FILM, SITCOM, POLARITY, INTENTS, SCALE)
    for index in range(count):
        label_set = sets[index % len(sets)]
        gold, other = rng.sample([label for label in label_set if label != "Other"], 2)
        word, wrong = _in_chinese(rng, gold), _in_chinese(rng, other)
        if label_set is not SCALE and rng.random() < 0.12:
            text = rng.choice(_CHINESE_SEVERAL).format(w=word, o=wrong)
            yield Phrasing(text, label_set, (gold, other), LabelStatus.SEVERAL)
            continue
        text = rng.choice(_CHINESE).format(w=word, o=wrong)
        if label_set is INTENTS:
            text = text.replace("情绪", "意图").replace("情感", "意图")
        yield Phrasing(text, label_set, (gold,), LabelStatus.MATCHED)


def _in_chinese(rng: random.Random, label: str) -> str:
    if label in _CHINESE_INTENTS and label != "neutral":
        return rng.choice(_CHINESE_INTENTS[label])
    *degree, polarity = label.split()
    if polarity in ("positive", "negative"):
        return rng.choice(_CHINESE_DEGREES[" ".join(degree)]) + rng.choice(_CHINESE_SENTIMENTS[polarity])
    return rng.choice(CHINESE[meaning(label)])


KINDS = {
    "single emotion": single_emotions,
    "several emotions": several_emotions,
    "sentiment": sentiments,
    "degree of sentiment": degrees,
    "intent": intents,
    "Chinese": chinese,
}
