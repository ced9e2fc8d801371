"""Chorales in four voices: read, write, harmonise, hear, draw and measure.

`corpus` holds the chorales, `tokens` turns them into tokens. `network` is the
Transformer over steps, `composer` trains it, `writer` draws from it; `harmoniser` fills
in what is hidden, and `shipped` loads the two small networks of the course. `counts` is
the rival, `rules` holds the figures. `midi`, `synth`, `picture` and `listen` are the
way out, `desk` is behind `aigc compose`. `contour` makes melodies of a given shape,
`blind` is a test of one's own ear.
"""
