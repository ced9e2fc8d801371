"""Transformers in training: predict the next token, where it counts."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.attention.encoder_decoder import EncoderDecoder
from aigc_course.attention.generate import generate
from aigc_course.attention.transformer import Transformer
from aigc_course.training.learner import Learner, Network
from aigc_course.training.muon import optimiser
from aigc_course.training.shares import weight


class OnTokens(Learner[Network]):
    """A Transformer in training, of either kind; the step is its own.

    lr, betas, decay_start, final_lr_factor, max_grad_norm, ema, lr_warmup: see
    `training.Optimiser`; what counts as images there are sequences here. betas: None
    takes BETAS. muon: learning rate of the matrices inside the blocks, which then move
    by Muon, and with the share `muon_decay` of it as weight decay; None moves all by
    Adam. bf16: whether `training.fit` is asked to compute in bfloat16.
    """

    BETAS = (0.9, 0.99)

    def __init__(
        self,
        model: Network,
        *,
        lr: float = 1e-3,
        betas: tuple[float, float] | None = None,
        decay_start: float = 0.5,
        final_lr_factor: float = 0.0,
        max_grad_norm: float | None = 1.0,
        ema: float | None = None,
        lr_warmup: float = 0,
        muon: float | None = None,
        muon_decay: float = 0.0,
        bf16: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        model = model.to(device).train()
        betas = betas or self.BETAS
        settings: dict[str, Any] = {
            "decay_start": decay_start,
            "final_lr_factor": final_lr_factor,
            "max_grad_norm": max_grad_norm,
            "ema": ema,
            "lr_warmup": lr_warmup,
        }
        both: dict[str, Any] = {"muon": muon, "decay": muon_decay}
        super().__init__(descent=optimiser(model, lr, betas, **both, **settings))
        self.bf16 = bf16


class NextToken(OnTokens[Transformer]):
    """A decoder-only Transformer that learns to predict each token from those before.

    Settings as in `OnTokens`.
    """

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Learn from tokens [B, T + 1], or a pair (tokens, counts bool [B, T]).

        counts: which predictions enter the loss. Returns the loss in nats per counted
        token, and the share of them that the likeliest token hits.
        """
        tokens, counts = batch if isinstance(batch, tuple | list) else (batch, None)
        logits = self.networks(tokens[:, :-1])  # [B, T, vocabulary]
        loss, accuracy = next_token_loss(logits, tokens[:, 1:], counts)
        self.descent.descend(loss, len(tokens))
        return {"loss": loss.detach(), "accuracy": accuracy}

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """n sequences as long as the context, int [n, context], from a random token."""
        shape = self.networks.shape
        first = torch.randint(shape.vocabulary, (n, 1), generator=generator)
        model = self.trained()
        return generate(
            model, first.to(self.device), shape.context - 1, generator=generator
        )


class Translator(OnTokens[EncoderDecoder]):
    """An encoder-decoder that learns targets from sources, with teacher forcing.

    Settings as in `OnTokens`.
    """

    BETAS = (0.9, 0.98)  # Vaswani et al. 2017, section 5.3

    def step(self, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        """Learn from sources [B, S] and targets [B, T + 1], which begin with a mark.

        Padding in the target does not count. Returns the loss in nats per token, and
        the share of tokens that are right.
        """
        source, target = batch
        logits = self.networks(source, target[:, :-1])  # [B, T, vocabulary]
        counts = target[:, 1:] != self.networks.pad
        loss, accuracy = next_token_loss(logits, target[:, 1:], counts)
        self.descent.descend(loss, len(source))
        return {"loss": loss.detach(), "accuracy": accuracy}


def next_token_loss(
    logits: Tensor, targets: Tensor, counts: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Mean of -log p(target) over the tokens that count, and the share that is right.

    logits: [B, T, vocabulary]. targets: [B, T]. counts: bool [B, T]; None counts all.
    """
    if counts is None:
        counts = torch.ones_like(targets, dtype=torch.bool)
    chosen, wanted = logits[counts], targets[counts]  # [M, vocabulary], [M]
    # -log softmax(logits)[target]
    loss = F.cross_entropy(chosen, wanted)
    right = (chosen.argmax(dim=-1) == wanted).float().mean().detach()
    share = weight(len(wanted))  # other processes may count more tokens, or fewer
    return (loss, right) if share == 1 else (loss * share, right * share)


def parameters(network: nn.Module) -> int:
    """Number of weights that learn; shared ones count once."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)
