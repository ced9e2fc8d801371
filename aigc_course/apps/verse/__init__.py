"""Tang verse: measure its tones and rhymes, and write quatrains that keep them.

`tones` is the table of tones and rhymes, `forms` the regular patterns, `measure` the
figures. `writer` is a Transformer with a constrained draw, `counts` and `cento` are
rivals without a network. `names`, `critics` and `judge` compare ways to train a
generator of first names: likelihood, REINFORCE and a straight-through gradient.
"""
