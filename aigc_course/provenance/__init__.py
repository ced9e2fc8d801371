"""Where a picture or a text comes from: signatures, labels, marks and detectors.

`credentials` signs a file and checks the signature. `label` says that a model made it.
`watermark`, `text_mark` and `latent_mark` hide a keyed mark in pictures, texts and the
start points of a flow; `keys` makes the keys, `attacks` and `forging` test the mark.
`detector` judges pictures without any mark, and `copies` looks for near copies.
"""
