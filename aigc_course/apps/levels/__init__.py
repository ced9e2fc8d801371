"""Sokoban levels: read, write, solve, make, draw by a Transformer, measure and show.

`tiles` and `board` say what a level is, `solver` decides whether it can be solved,
`maker`, `corpus` and `finder` make levels backwards. `script` spells levels as tokens,
`writer` is the Transformer with a prefix, `adversarial` and `rivals` are what it is
compared with, `measure` holds the figures, `words` understands requests, `picture`
draws.
"""
