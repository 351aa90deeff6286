"""Simulated models err exactly as often as they are told to, and word their claims unmistakably."""

from __future__ import annotations

import asyncio
import math
import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.cues import channels
from cuewise.errors import InputError, PermanentModelError, UnknownModelError
from cuewise.labels import read_final_labels
from cuewise.models.protocol import Completion, Model, Request, call_key, canonical_call
from cuewise.models.simulated import NAMES, VERSION_NOTE, make_claims, make_labels, open_simulated
from cuewise.records import Clip, Cue, Sample

CANDIDATES = ("neutral", "happy", "sad", "angry", "surprise")

# Words that give a channel away. A wording holds some of its own channel's and none of another's.
CHANNEL_WORDS = {
    "brows": r"\b(?:eye)?brows?\b",
    "eyes": r"\beyes?\b|\bgaze\b",
    "mouth": r"\bmouth\b|\blips?\b|\bjaw\b|\bsmil",
    "head": r"\bhead\b|\bnod",
    "pitch": r"\bpitch",
    "rate": r"\bspeech\b|\bspeaking rate\b|\bpace\b|\bwords\b",
    "loudness": r"\bloud|\bvolume\b|\bsoft",
}


def cue(channel: str, value: str, start_s: float = 0.0, end_s: float = 1.0) -> Cue:
    return Cue(channel=channel, value=value, start_s=start_s, end_s=end_s)


def one_cue_per_channel(offset: int = 0) -> tuple[Cue, ...]:
    return tuple(
        cue(channel.name, list(channel.values)[offset % len(channel.values)], 0.2 * at, 1 + 0.2 * at)
        for at, channel in enumerate(channels().values())
    )


def sample(
    number: int = 0,
    *,
    cues: tuple[Cue, ...] | None = None,
    labels: tuple[str, ...] = ("happy",),
    label_set: tuple[str, ...] = CANDIDATES,
    multi_label: bool = False,
) -> Sample:
    return Sample(
        id=f"T/clip {number}",
        task="T",
        clip=Clip(id=f"clip {number}"),
        question="Which emotion?",
        label_set=label_set,
        labels=labels,
        multi_label=multi_label,
        cues=one_cue_per_channel(number) if cues is None else cues,
    )


def ask(model: Model, of: Sample, epoch: int = 0) -> Completion:
    return asyncio.run(model.generate(Request(messages=(), sample=of, epoch=epoch)))


def read_claim(sentence: str) -> tuple[str, str]:
    """The (channel, value) that a sentence states, by the vocabulary and the paraphrases of this test alone."""
    text = sentence.lower()
    (channel,) = (name for name, words in CHANNEL_WORDS.items() if re.search(words, text))
    return channel, next(value for value, words in VALUE_WORDS[channel].items() if re.search(words, text))


VALUE_WORDS = {
    "brows": {
        "slanted": r"inner ends",
        "raised": r"raised|lifted|go up",
        "furrowed": r"drawn together|knitted|furrowed",
        "relaxed": r"relaxed|rest",
    },
    "eyes": {
        "wide": r"wide",
        "narrowed": r"narrow|squint",
        "downcast": r"down",
        "steady": r"straight ahead",
    },
    "mouth": {
        "smiling": r"smil",
        "frowning": r"frown|down",
        "gaping": r"open|gaping",
        "pressed": r"pressed",
        "sneering": r"one side|sneer",
        "relaxed": r"relaxed|rest",
    },
    "head": {
        "shaking": r"shak|shake",
        "nodding": r"nod",
        "tilted": r"tilt|lean",
        "lowered": r"lowered|bowed|hangs",
        "upright": r"upright|straight",
    },
    "pitch": {"high": r"high", "medium": r"medium", "low": r"low"},
    "rate": {"fast": r"fast", "medium": r"medium", "slow": r"slow"},
    "loudness": {"medium": r"medium", "loud": r"loud", "soft": r"soft"},
}


class TestWording:
    def test_every_value_has_wordings_of_its_own_channel_alone(self) -> None:
        for channel in channels().values():
            for value in channel.values:
                seen = set()
                for seed in range(60):
                    (sentence,) = make_claims([cue(channel.name, value)], 0.0, Random(seed))
                    assert read_claim(sentence) == (channel.name, value), sentence
                    assert not re.search(r"\b(?:not|no|never|without|neither|nor|n't)\b", sentence)
                    assert re.fullmatch(r"[A-Z][^.]*(?:\d\.\d s [^.]*)?\.", sentence)
                    seen.add(re.sub(r"^(?:Around|At about) \d\.\d s ", "", sentence).lower())
                assert len(seen) >= 3, f"{channel.name} {value} needs wordings of its own"

    def test_a_stated_time_lies_in_the_cue(self) -> None:
        stated = []
        for seed in range(200):
            (sentence,) = make_claims([cue("brows", "raised", 1.0, 2.4)], 0.0, Random(seed))
            stated += re.findall(r"(\d\.\d) s", sentence)
        assert set(stated) == {"1.7"}  # (1.0 + 2.4) / 2
        assert 40 < len(stated) < 120

    def test_an_answer_is_a_numbered_list_and_a_final_line(self) -> None:
        completion = ask(open_simulated("simulated/careful"), sample())
        *claims, last = completion.text.split("\n")
        assert 5 <= len(claims) <= 7
        for number, line in enumerate(claims, start=1):
            assert line.startswith(f"{number}. ")
        assert last.startswith("Final answer: ")
        assert completion.finish == "stop"
        assert completion.model == VERSION_NOTE
        assert completion.input_tokens is completion.output_tokens is None


class TestClaims:
    def test_each_channel_once_and_five_to_seven_of_them(self) -> None:
        counts = set()
        for seed in range(100):
            claims = make_claims(one_cue_per_channel(seed), 0.5, Random(seed))
            spoken = [read_claim(claim)[0] for claim in claims]
            assert len(set(spoken)) == len(spoken)
            counts.add(len(spoken))
        assert counts == {5, 6, 7}

    def test_fewer_channels_give_fewer_claims(self) -> None:
        assert len(make_claims([cue("brows", "raised"), cue("pitch", "low")], 0.0, Random(1))) == 2

    @pytest.mark.parametrize("rate", [0.0, 0.05, 0.4, 1.0])
    def test_the_share_of_false_claims(self, rate: float) -> None:
        false = total = 0
        for seed in range(400):
            cues = (*one_cue_per_channel(seed), cue("brows", "furrowed", 1.5, 2), cue("eyes", "wide", 2, 3))
            true = {(c.channel, c.value) for c in cues}
            for claim in make_claims(cues, rate, Random(seed)):
                false += read_claim(claim) not in true
                total += 1
        assert total >= 2000
        # Four standard errors of a binomial share: one false alarm in 16,000.
        assert abs(false / total - rate) <= 4 * math.sqrt(rate * (1 - rate) / total)

    def test_where_every_value_is_shown_no_claim_can_be_false(self) -> None:
        cues = [cue("loudness", value) for value in channels()["loudness"].values]
        for seed in range(50):
            (claim,) = make_claims(cues, 1.0, Random(seed))
            assert read_claim(claim)[0] == "loudness"

    @pytest.mark.parametrize("rate", [0.4, 1.0])
    def test_what_is_false_is_beyond_rest_where_it_can_be(self, rate: float) -> None:
        for seed in range(60):
            cues = one_cue_per_channel(seed)
            true = {(c.channel, c.value) for c in cues}
            for claim in map(read_claim, make_claims(cues, rate, Random(seed), telling=bool(seed % 2))):
                assert claim in true or claim[1] != channels()[claim[0]].resting
        both = [cue("loudness", "loud"), cue("loudness", "soft")]
        (claim_,) = make_claims(both, 1.0, Random(0))
        assert read_claim(claim_) == ("loudness", "medium")  # nothing else is absent

    def test_telling_claims_leave_rest_out(self) -> None:
        # Brows and eyes tell, the brows at rest for a time too; head and pitch do not.
        tell = (cue("brows", "relaxed"), cue("brows", "raised"), cue("eyes", "wide"))
        rest = (cue("head", "upright"), cue("pitch", "medium"))
        more = (cue("mouth", "smiling"), cue("rate", "fast"))
        for seed in range(60):
            said = {read_claim(text) for text in make_claims((*tell, *rest), 0.0, Random(seed), telling=True)}
            assert said > {("brows", "raised"), ("eyes", "wide")}
            assert len(said) == 3  # filled with one at rest
            said = {
                read_claim(text)
                for text in make_claims((*tell, *rest, *more), 0.0, Random(seed), telling=True)
            }
            assert said == {("brows", "raised"), ("eyes", "wide"), ("mouth", "smiling"), ("rate", "fast")}
        assert len(make_claims(rest, 0.0, Random(0), telling=True)) == 2

    def test_only_a_label_beyond_neutral_is_told_by_what_is_beyond_rest(self) -> None:
        values = {"brows": "raised", "eyes": "wide", "mouth": "smiling"}
        cues = tuple(cue(name, values.get(name, channel.resting)) for name, channel in channels().items())
        model = open_simulated("simulated/careful", args={"false_cues": "0", "wrong_labels": "0"})

        def claims(label: str, number: int) -> int:
            return ask(model, sample(number, cues=cues, labels=(label,))).text.count("\n")

        for label in ("happy", "surprise"):  # surprise has no valence
            assert {claims(label, number) for number in range(30)} == {3}
        assert {claims("neutral", number) for number in range(30)} == {5, 6, 7}

    def test_cues_outside_the_vocabulary_are_left_alone(self) -> None:
        cues = [cue("hands", "raised"), cue("brows", "purple"), cue("head", "nodding")]
        (claim,) = make_claims(cues, 0.0, Random(0))
        assert read_claim(claim) == ("head", "nodding")

    def test_without_cues_only_the_label_is_named(self) -> None:
        text = ask(open_simulated("simulated/careful", args={"wrong_labels": "0"}), sample(cues=())).text
        assert text == "Final answer: happy"


class TestLabels:
    @pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 1.0])
    def test_the_share_of_wrong_labels(self, rate: float) -> None:
        n = 2000
        wrong = [make_labels(sample(), rate, Random(seed)) for seed in range(n)]
        share = sum(labels != ["happy"] for labels in wrong) / n
        assert abs(share - rate) <= 4 * math.sqrt(rate * (1 - rate) / n)
        if rate == 1:
            # Uniform over the four others: 500 each, four standard errors of 19.4.
            for label in set(CANDIDATES) - {"happy"}:
                assert abs(wrong.count([label]) - 500) <= 78

    @given(st.integers(0, 2**32), st.sets(st.sampled_from(CANDIDATES), min_size=1), st.floats(0, 1))
    def test_labels_are_candidates_all_gold_or_none(self, seed: int, gold: set[str], rate: float) -> None:
        labels = tuple(label for label in CANDIDATES if label in gold)
        named = make_labels(sample(labels=labels, multi_label=True), rate, Random(seed))
        assert named
        assert set(named) <= set(CANDIDATES)
        assert len(set(named)) == len(named)
        assert set(named) == gold or not set(named) & gold

    def test_the_final_line_reads_back(self) -> None:
        of = sample(labels=("happy", "surprise"), multi_label=True)
        text = ask(open_simulated("simulated/careful", args={"wrong_labels": "0"}), of).text
        assert text.endswith("\nFinal answer: happy; surprise")
        assert read_final_labels(text, of.label_set) == ("happy", "surprise")


class TestDeterminism:
    def test_seed_sample_and_epoch_decide(self) -> None:
        model, again = (open_simulated("simulated/careless", args={"seed": "3"}) for _ in range(2))
        other_seed = open_simulated("simulated/careless", args={"seed": "4"})
        texts = [ask(model, sample(7), epoch).text for epoch in range(20)]
        assert texts == [ask(again, sample(7), epoch).text for epoch in range(20)]
        assert texts != [ask(other_seed, sample(7), epoch).text for epoch in range(20)]
        assert len(set(texts)) > 10

    def test_everything_that_changes_answers_is_in_the_key(self) -> None:
        request = Request(messages=(), sample=sample())
        variants = [{}, {"seed": "1"}, {"false_cues": "0.2"}, {"wrong_labels": "0.2"}]
        keys = {
            call_key(canonical_call(open_simulated("simulated/careful", args=args), request))
            for args in variants
        }
        assert len(keys) == 4

    def test_the_names_differ_in_their_rates(self) -> None:
        rates = {name: open_simulated(name).parameters for name in NAMES}
        assert (rates["simulated/careful"]["false_cues"], rates["simulated/careful"]["wrong_labels"]) == (
            0.05,
            0.1,
        )
        assert (rates["simulated/careless"]["false_cues"], rates["simulated/careless"]["wrong_labels"]) == (
            0.4,
            0.5,
        )


class TestArguments:
    @pytest.mark.parametrize(
        ("args", "message"),
        [
            (
                {"false_cues": "1.5"},
                "'false_cues' of simulated/careful must be a number from 0 to 1, not '1.5'",
            ),
            ({"wrong_labels": "-0.1"}, "'wrong_labels' of simulated/careful must be a number from 0 to 1"),
            ({"wrong_labels": "nan"}, "'wrong_labels' of simulated/careful must be a number from 0 to 1"),
            (
                {"false_cues": "many"},
                "'false_cues' of simulated/careful must be a number from 0 to 1, not 'many'",
            ),
            ({"seed": "1.5"}, "'seed' of simulated/careful must be a whole number, not '1.5'"),
            ({"temperature": "1"}, "no argument 'temperature': it takes false_cues, wrong_labels, seed"),
        ],
    )
    def test_a_bad_one_is_named(self, args: dict[str, str], message: str) -> None:
        with pytest.raises(InputError, match=re.escape(message)):
            open_simulated("simulated/careful", args=args)

    def test_an_unknown_name_lists_those_there_are(self) -> None:
        with pytest.raises(UnknownModelError, match="there are simulated/careful, simulated/careless"):
            open_simulated("simulated/genius")

    def test_a_request_without_sample_is_refused(self) -> None:
        with pytest.raises(PermanentModelError, match="the request has none"):
            asyncio.run(open_simulated("simulated/careful").generate(Request(messages=())))
