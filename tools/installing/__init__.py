"""How the course gets into .venv: by uv or pip, pinned, whole or not at all.

Needs nothing but Python. `setup.set_up` tells the story; `place` knows what .venv
holds, `machine` what this computer needs, `clients` how uv and pip are asked; `watch`
runs them, and `pinned` reads the pins.
"""
