"""Exercise on what a block costs."""

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "11.costs",
    order=80,
    title="What does a block cost?",
    difficulty=3,
    minutes=12,
    asks="derive",
    idea="A matrix with R rows and S columns takes R S multiplications and as many"
    " additions for one token. Count the matrices of the block. Then count the dot"
    " products of one query with the T keys, and the weighted mean of the T values.",
    formula="Matrices: 4 C^2 + 8 C^2 weights, 2 operations each. Attention: T dot"
    " products of C terms in all heads together, and T values of C numbers.",
    line="Write `return 24 * width**2, 4 * length * width`.",
    variation="At which length do both cost the same? Time a block there.",
)


@exercise.answer
def costs(width: int, length: int) -> tuple[int, int]:
    """Operations per token of one block: (in its matrices, in scores and means).

    Multiplications and additions count one each. width: C; the feed-forward layers have
    4 C units. length: T keys, all of which a query looks at. The number of heads does
    not matter.
    """
    return 24 * width**2, 4 * length * width


@exercise.inputs
def sizes() -> list[tuple[int, int]]:
    return [(64, 64), (128, 1024), (768, 256)]


@exercise.must_hold
def grows_with_the_length(f) -> bool:
    """Twice the length doubles the second part and leaves the first alone."""
    (one, two), (one_more, two_more) = f(64, 100), f(64, 200)
    return same((one_more, two_more), (one, 2 * two))


@exercise.must_hold
def grows_with_the_width(f) -> bool:
    """Twice the width makes the matrices cost four times as much and the rest twice."""
    (one, two), (one_more, two_more) = f(64, 100), f(128, 100)
    return same((one_more, two_more), (4 * one, 2 * two))


@exercise.mistake(hint="formula")
def multiplications_alone(width: int, length: int) -> tuple[int, int]:
    """You count multiplications. Each comes with an addition, and both count."""
    return 12 * width**2, 2 * length * width


@exercise.mistake(hint="idea")
def attention_matrices_alone(width: int, length: int) -> tuple[int, int]:
    """You count the four matrices of attention. The feed-forward layers have twice as
    many weights: C to 4 C and back."""
    return 8 * width**2, 4 * length * width


@exercise.mistake(hint="formula")
def scores_alone(width: int, length: int) -> tuple[int, int]:
    """Your second number is half of the right one. Scores and weighted mean take as
    many operations each, and the query looks at all T keys."""
    return 24 * width**2, 2 * length * width


@exercise.mistake(hint="idea")
def for_the_whole_sequence(width: int, length: int) -> tuple[int, int]:
    """You count the whole sequence. The question is about one token: divide by T."""
    return 24 * length * width**2, 4 * length**2 * width


@exercise.mistake(hint="idea")
def without_the_width(width: int, length: int) -> tuple[int, int]:
    """A score is a dot product: it takes as many operations as it has terms, C in all
    heads together, and not one."""
    return 24 * width**2, 4 * length


@exercise.mistake(hint="formula")
def feed_forward_alone(width: int, length: int) -> tuple[int, int]:
    """You count 8 C^2 weights, and a block has 12 C^2: four matrices of attention with
    C^2 each, and two of the feed-forward layers with 4 C^2 each."""
    return 16 * width**2, 4 * length * width


@exercise.mistake(hint="idea")
def every_query(width: int, length: int) -> tuple[int, int]:
    """Your second number is that of all T queries. One token has one query, which meets
    T keys."""
    return 24 * width**2, 4 * length**2 * width


@exercise.mistake(hint="line")
def in_the_other_order(width: int, length: int) -> tuple[int, int]:
    """Both numbers are right and exchanged: the matrices come first."""
    return 4 * length * width, 24 * width**2


@exercise.mistake(hint="formula")
def weights_for_operations(width: int, length: int) -> tuple[int, int]:
    """Your first number is the number of weights. Each weight takes a multiplication
    and an addition for a token: two operations."""
    return 12 * width**2, 4 * length * width


@exercise.mistake(hint="formula")
def three_matrices(width: int, length: int) -> tuple[int, int]:
    """You count queries, keys and values. The output of the heads goes through a fourth
    matrix."""
    return 22 * width**2, 4 * length * width


@exercise.mistake(hint="idea")
def of_a_training_step(width: int, length: int) -> tuple[int, int]:
    """You count a step of training, with its backward pass, which takes three times as
    much. The question is what one pass forward costs."""
    return 72 * width**2, 12 * length * width
