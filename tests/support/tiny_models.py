"""Tiny models of transformers with random weights, made from configurations, nothing downloaded.

Each function writes a model with its processor into a folder, as `save_pretrained` does. They say nothing sensible;
what counts is that configurations, processors, chat templates and `generate` are the library's own.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, Final

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

CORPUS: Final = [
    "Which emotion does the person show? Choose from happy, sad, angry, surprised, neutral.",
    "The pictures are frames of one video clip. The brows are raised and the voice is loud.",
    "Reason step by step, then name the one label. Answer: happy",
]
CONTROL: Final = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<image>",
    "<|image_pad|>",
    "<|video_pad|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|AUDIO|>",
    "<|audio_bos|>",
    "<|audio_eos|>",
]
HIDDEN: Final = 32
TEMPLATE: Final = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'text' %}{{ part['text'] }}{% MEDIA %}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
IMAGE: Final = "{% elif part['type'] == 'image' %}<image>"
QWEN_IMAGE: Final = "{% elif part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
QWEN_VIDEO: Final = "{% elif part['type'] == 'video' %}<|vision_start|><|video_pad|><|vision_end|>"
BARE_VIDEO: Final = "{% elif part['type'] == 'video' %}<|video_pad|>"
AUDIO: Final = "{% elif part['type'] == 'audio' %}<|audio_bos|><|AUDIO|><|audio_eos|>"


def template(*media: str) -> str:
    """A chat template in the manner of ChatML, with a place for these kinds of media."""
    return TEMPLATE.replace("{% MEDIA %}", "".join(media))


def load_torchvision() -> str | None:
    """Make torchvision importable, without which no video processor is; what is wrong where that fails.

    Its compiled operators (boxes and regions, which no processor uses) load only beside the very build of torch they
    were made for. Elsewhere their names are declared, so that its part in Python imports.
    """
    try:
        import torchvision
    except ModuleNotFoundError:
        return "torchvision is not installed"
    except RuntimeError:
        library = torch.library.Library("torchvision", "DEF")
        _KEPT.append(library)
        for name in _OPERATORS:
            with contextlib.suppress(RuntimeError):
                library.define(f"{name}(Tensor x) -> Tensor")
        try:
            import torchvision
        except RuntimeError as error:
            return f"torchvision does not import beside this torch: {error}"
    del torchvision
    return None


_KEPT: list[Any] = []
_OPERATORS: Final = (
    "nms",
    "qnms",
    "roi_align",
    "qroi_align",
    "_roi_align_backward",
    "ps_roi_align",
    "_ps_roi_align_backward",
    "roi_pool",
    "_roi_pool_backward",
    "ps_roi_pool",
    "_ps_roi_pool_backward",
    "deform_conv2d",
    "_deform_conv2d_backward",
)


def tokenizer(chat_template: str | None = None, image_token: str = "<|image_pad|>") -> Any:
    """A byte-level BPE tokenizer, trained on a few lines."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=CONTROL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(CORPUS, trainer)
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=CONTROL,
        extra_special_tokens={
            "image_token": image_token,
            "video_token": "<|video_pad|>",
            "audio_token": "<|AUDIO|>",
            "vision_bos_token": "<|vision_start|>",
            "vision_eos_token": "<|vision_end|>",
            "audio_bos_token": "<|audio_bos|>",
            "audio_eos_token": "<|audio_eos|>",
        },
    )
    fast.add_tokens(["<think>", "</think>"])
    fast.chat_template = chat_template
    return fast


def save_text(folder: Path, chat_template: str | None = template(), **config: Any) -> Path:
    """A Qwen2 language model."""
    return _save(folder, transformers.Qwen2Config(**_text(), **config), tokenizer(chat_template))


def save_image(folder: Path, *, begins: bool = False) -> Path:
    """A LLaVA: CLIP beside Llama. `begins` has its tokenizer begin texts with a token of its own, as Llama's does."""
    words = tokenizer(image_token="<image>")
    if begins:
        words.bos_token = "<|endoftext|>"
        words.backend_tokenizer.post_processor = processors.TemplateProcessing(
            single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", words.bos_token_id)]
        )
    vision = transformers.CLIPVisionConfig(
        hidden_size=HIDDEN,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=28,
        patch_size=14,
    )
    config = transformers.LlavaConfig(
        vision_config=vision,
        text_config=transformers.LlamaConfig(**_text()),
        image_token_index=words.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-1,
        image_seq_length=4,
    )
    pictures = _pil("CLIPImageProcessor")(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28})
    processor = transformers.LlavaProcessor(
        image_processor=pictures,
        tokenizer=words,
        patch_size=14,
        vision_feature_select_strategy="default",
        chat_template=template(IMAGE),
        image_token="<image>",
        num_additional_image_tokens=1,
    )
    return _save(folder, config, processor)


def save_video(folder: Path) -> Path:
    """A Qwen3-VL, which writes the times of frames between them. Needs torchvision."""
    words = tokenizer()
    vision = {
        "depth": 2,
        "hidden_size": HIDDEN,
        "intermediate_size": 64,
        "num_heads": 2,
        "out_hidden_size": HIDDEN,
        "patch_size": 14,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "num_position_embeddings": 16,
        "deepstack_visual_indexes": [0],
    }
    config = transformers.Qwen3VLConfig(
        vision_config=vision,
        text_config={**_text(), "head_dim": 16, "rope_parameters": _mrope([4, 2, 2])},
        image_token_id=words.convert_tokens_to_ids("<|image_pad|>"),
        video_token_id=words.convert_tokens_to_ids("<|video_pad|>"),
        vision_start_token_id=words.convert_tokens_to_ids("<|vision_start|>"),
        vision_end_token_id=words.convert_tokens_to_ids("<|vision_end|>"),
    )
    sizes = {"size": {"shortest_edge": 28 * 28, "longest_edge": 56 * 56}, "patch_size": 14}
    processor = transformers.Qwen3VLProcessor(
        image_processor=transformers.Qwen2VLImageProcessor(**sizes),
        video_processor=transformers.Qwen3VLVideoProcessor(
            patch_size=14, size={"shortest_edge": 28 * 28, "longest_edge": 16 * 56 * 56}
        ),
        tokenizer=words,
        chat_template=template(QWEN_IMAGE, QWEN_VIDEO),
    )
    return _save(folder, config, processor)


def save_audio(folder: Path) -> Path:
    """A Qwen2-Audio: Whisper's encoder beside Qwen2."""
    words = tokenizer()
    config = transformers.Qwen2AudioConfig(
        audio_config={
            "num_mel_bins": 16,
            "encoder_layers": 2,
            "encoder_attention_heads": 2,
            "encoder_ffn_dim": 64,
            "d_model": HIDDEN,
            "max_source_positions": 1500,
        },
        text_config={"model_type": "qwen2", **_text()},
        audio_token_index=words.convert_tokens_to_ids("<|AUDIO|>"),
    )
    processor = transformers.Qwen2AudioProcessor(
        feature_extractor=transformers.WhisperFeatureExtractor(feature_size=16),
        tokenizer=words,
        chat_template=template(AUDIO),
    )
    return _save(folder, config, processor)


def save_omni(folder: Path) -> Path:
    """The thinker of a Qwen2.5-Omni: pictures, videos and sounds. Needs torchvision."""
    words = tokenizer()
    ids = words.convert_tokens_to_ids
    config = transformers.Qwen2_5OmniConfig(
        thinker_config={
            "audio_config": {
                "num_mel_bins": 16,
                "encoder_layers": 2,
                "encoder_attention_heads": 2,
                "encoder_ffn_dim": 64,
                "d_model": HIDDEN,
                "output_dim": HIDDEN,
                "initializer_range": 0.4,
            },
            "vision_config": {
                "depth": 2,
                "hidden_size": HIDDEN,
                "intermediate_size": 64,
                "num_heads": 2,
                "out_hidden_size": HIDDEN,
                "fullatt_block_indexes": [1],
                "initializer_range": 0.4,
            },
            "text_config": {**_text(), "rope_parameters": _mrope([4, 2, 2])},
            "image_token_index": ids("<|image_pad|>"),
            "video_token_index": ids("<|video_pad|>"),
            "audio_token_index": ids("<|AUDIO|>"),
            "audio_start_token_id": ids("<|audio_bos|>"),
            "audio_end_token_id": ids("<|audio_eos|>"),
            "vision_start_token_id": ids("<|vision_start|>"),
            "vision_end_token_id": ids("<|vision_end|>"),
        },
        enable_audio_output=False,
    )
    sizes = {"min_pixels": 28 * 28, "max_pixels": 56 * 56}
    processor = transformers.Qwen2_5OmniProcessor(
        image_processor=transformers.Qwen2VLImageProcessor(**sizes),
        video_processor=transformers.Qwen2VLVideoProcessor(**sizes),
        feature_extractor=transformers.WhisperFeatureExtractor(feature_size=16),
        tokenizer=words,
        chat_template=template(QWEN_IMAGE, QWEN_VIDEO, AUDIO),
    )
    return _save(folder, config, processor)


def _text() -> dict[str, Any]:
    return {
        "vocab_size": 420,
        "hidden_size": HIDDEN,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "max_position_embeddings": 8192,
        # Larger than usual, so that what is seen and heard moves the most likely token.
        "initializer_range": 0.4,
    }


def _mrope(section: list[int]) -> dict[str, Any]:
    return {"rope_type": "default", "mrope_section": section, "rope_theta": 10000.0}


def _pil(name: str) -> Any:
    """The image processor that needs no torchvision."""
    return getattr(transformers, f"{name}Pil", None) or getattr(transformers, name)


def _save(folder: Path, config: Any, processor: Any) -> Path:
    torch.manual_seed(7)
    written = getattr(config, "thinker_config", config)
    multimodal = type(written) in transformers.AutoModelForMultimodalLM._model_mapping
    kind = transformers.AutoModelForMultimodalLM if multimodal else transformers.AutoModelForCausalLM
    model = kind.from_config(config if type(config) in kind._model_mapping else written).eval()
    model.generation_config.eos_token_id = getattr(processor, "tokenizer", processor).eos_token_id
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
