"""Variational autoencoders: losses, networks, the learners that join them."""

from aigc_course.vae import coding, evidence, exact, health, losses, quantise
from aigc_course.vae.bitsback import BitsBack
from aigc_course.vae.codebatches import CodeBatches
from aigc_course.vae.compression import (
    Baseline,
    Compressed,
    compress,
    decompress,
    jpeg_bits,
    png_bits,
)
from aigc_course.vae.denoising import DenoisingVAE
from aigc_course.vae.evidence import LatentModel, LogEvidence, importance_sampled
from aigc_course.vae.exact import LinearGaussian, LinearVAE, best_encoder, ppca
from aigc_course.vae.health import active_units, describe_units
from aigc_course.vae.judgement import Judgement, judge
from aigc_course.vae.learner import VAE
from aigc_course.vae.made import MADE
from aigc_course.vae.networks import (
    Decoder,
    Encoder,
    Networks,
    classic,
    convolutional,
    deep,
    mlp,
)
from aigc_course.vae.observations import (
    LIKELIHOODS,
    Bernoulli,
    DiscretisedLogistic,
    Gaussian,
    Likelihood,
    binarise,
    to_signed,
    to_unit,
)
from aigc_course.vae.pixelcnn import PixelCNN
from aigc_course.vae.prior import CodePrior, CountPrior
from aigc_course.vae.quantise import Codebook
from aigc_course.vae.recipes import CODEC, CODEC_PRIOR, DENOISER, RECIPES, Recipe
from aigc_course.vae.second import LatentVAE, MixturePrior
from aigc_course.vae.spatial import spatial
from aigc_course.vae.total_correlation import TCVAE, total_correlation
from aigc_course.vae.vq import VQVAE, VQNetworks

__all__ = [
    "CODEC",
    "CODEC_PRIOR",
    "DENOISER",
    "MADE",
    "LIKELIHOODS",
    "RECIPES",
    "TCVAE",
    "VAE",
    "VQVAE",
    "Baseline",
    "Bernoulli",
    "BitsBack",
    "CodeBatches",
    "CodePrior",
    "Codebook",
    "Compressed",
    "CountPrior",
    "Decoder",
    "DenoisingVAE",
    "DiscretisedLogistic",
    "Encoder",
    "Gaussian",
    "Judgement",
    "LatentModel",
    "LatentVAE",
    "LinearGaussian",
    "LinearVAE",
    "LogEvidence",
    "MixturePrior",
    "Networks",
    "Likelihood",
    "PixelCNN",
    "Recipe",
    "VQNetworks",
    "active_units",
    "best_encoder",
    "binarise",
    "classic",
    "coding",
    "compress",
    "convolutional",
    "decompress",
    "deep",
    "describe_units",
    "evidence",
    "exact",
    "health",
    "importance_sampled",
    "jpeg_bits",
    "judge",
    "losses",
    "mlp",
    "png_bits",
    "ppca",
    "quantise",
    "spatial",
    "to_signed",
    "to_unit",
    "total_correlation",
]
