"""Shapes (chapter 16): solids as signed distances, drawn by a flow, meshed, printed.

`families` has the formulas of chairs, tables, vases and mugs, and `grids` their fields.
`latents` makes thirty numbers of a field, `priors` draws such numbers: by a flow, or by
rivals without a network. `mesh` turns a field into triangles, `stl` writes them, and
`picture` shows them. `measure` compares sets of shapes. `shipped` is the generator
that `aigc shape` draws with, `output` the files that it writes.
"""
