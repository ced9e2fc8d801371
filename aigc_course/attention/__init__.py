"""Attention and Transformers (chapters 11 and 12).

Pure functions: `attention`, `weights`, `scores`, `causal_mask`.
Positions: `sinusoids`, `shift_matrix`, `rotate`, `alibi`.
Layers: `MultiHeadAttention`, `FeedForward`, `Block`.
Models: `Transformer` of a `Shape`, `EncoderDecoder`; `generate` draws tokens.
Decoding: `Decoding` makes the distribution that a token is drawn from.
Learners: `NextToken`, `Translator`.
Text: `Characters` and `BytePairs` make tokens of it; `evaluate` judges a text.
After pre-training, modules of their own: `lora`, `finetune`, `instruct`, `preference`.
Known answers: `induction` (heads written by hand), `bayes` (the exact predictive).
"""

from aigc_course.attention import bayes, evaluate, induction, linear
from aigc_course.attention.byte_pairs import BytePairs
from aigc_course.attention.decoding import Decoding
from aigc_course.attention.encoder_decoder import EncoderDecoder
from aigc_course.attention.functions import attention, causal_mask, scores, weights
from aigc_course.attention.generate import generate
from aigc_course.attention.layers import Block, FeedForward, MultiHeadAttention, Seen
from aigc_course.attention.learner import (
    NextToken,
    Translator,
    next_token_loss,
    parameters,
)
from aigc_course.attention.positions import alibi, rotate, shift_matrix, sinusoids
from aigc_course.attention.tokens import Characters
from aigc_course.attention.transformer import Shape, Transformer, attention_maps

__all__ = [
    "Block",
    "BytePairs",
    "Characters",
    "Decoding",
    "EncoderDecoder",
    "FeedForward",
    "MultiHeadAttention",
    "NextToken",
    "Seen",
    "Shape",
    "Transformer",
    "Translator",
    "alibi",
    "attention",
    "attention_maps",
    "bayes",
    "causal_mask",
    "evaluate",
    "generate",
    "induction",
    "linear",
    "next_token_loss",
    "parameters",
    "rotate",
    "scores",
    "shift_matrix",
    "sinusoids",
    "weights",
]
