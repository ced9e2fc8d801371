"""A player in the notebook; elsewhere the sentence alone."""

from aigc_course.apps.music.synth import RATE, Sound, wav_bytes
from aigc_course.errors import CourseError
from aigc_course.plots.figures import caption

MOST_SECONDS = 10  # a player's sound is stored in the notebook


def player(sound: Sound, words: str, rate: int = RATE) -> None:
    """Show a player with its description beneath; nothing is played by itself.

    Raises CourseError for more than ten seconds.
    """
    if len(sound) > MOST_SECONDS * rate:
        raise CourseError(
            f"A player holds at most {MOST_SECONDS} s of sound; got"
            f" {len(sound) / rate:.1f} s."
        )
    try:
        from IPython import get_ipython
        from IPython.display import Audio, display
    except ImportError:
        return caption(words)
    if get_ipython() is not None:
        display(Audio(data=wav_bytes(sound, rate)))
    caption(f"Sound: {words}")
