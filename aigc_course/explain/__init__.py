"""Why did the network do that? Causes and attributions, with tests that can fail them.

`maps`: what a generator's feature maps cause, by taking them out. `gradients`: how a
score is shared out among pixels. `sanity`: whether such a picture depends on the
network at all. `directions`: what moving along a latent direction does, beside what it
promises.

>>> from aigc_course.explain import gradients, maps, sanity
>>> sorted(sanity.METHODS)[:2]
['edges', 'gradient']
"""
